export type {
	Catalogue,
	Component,
	ComponentType,
	IncompleteNote,
	OperatingSystem,
} from "./catalogue.js";
export { catalogueFiles, catalogueTree, type OwnedFiles, type ReadAhead } from "./catalogue-tree.js";
export { catalogueValue } from "./catalogue-value.js";
export { catalogueObserver, catalogueOfImages } from "./observer.js";
