export type {
	Catalogue,
	Component,
	ComponentType,
	IncompleteNote,
	OperatingSystem,
} from "./catalogue.js";
export { catalogueTree } from "./catalogue-tree.js";
export { catalogueValue } from "./catalogue-value.js";
export { catalogueObserver, catalogueOfImages } from "./observer.js";
