export type {
	Catalogue,
	Component,
	ComponentType,
	IncompleteNote,
	OperatingSystem,
} from "./catalogue.js";
export { catalogueTree } from "./catalogue-tree.js";
