import { basename, resolve } from "node:path";
import { ARCH_LABELS, type ArchLabel } from "./label.js";

/** Returns the label of the devices that a package is for, from its path: `NAME.LABEL.tgz`, or `releases/LABEL`. */
export function labelOfPath(path: string): ArchLabel | undefined {
	return labelOfFile(basename(path)) ?? labelOfDirectory(resolve(path).split("/"));
}

function labelOfFile(name: string): ArchLabel | undefined {
	if (!name.endsWith(".tgz")) return undefined;
	return asLabel(name.split(".").at(-2));
}

/** Returns the label of the innermost `releases/LABEL`. */
function labelOfDirectory(names: readonly string[]): ArchLabel | undefined {
	const at = names.findLastIndex((name, i) => names[i - 1] === "releases" && asLabel(name) !== undefined);
	return asLabel(names[at]);
}

function asLabel(name: string | undefined): ArchLabel | undefined {
	return ARCH_LABELS.find((label) => label === name);
}
