import { lstatSync } from "node:fs";
import { join } from "node:path";
import { BytesError, errorCode } from "../bytes/index.js";

/**
 * Returns the path of `name` below a directory whose content may be hostile, such as a cloned
 * checkout: no component of the name, the last one included, is a symbolic link, so that the path
 * leads nowhere else. The directory itself is the user's choice, and may be a link.
 *
 * @param name relative, with `/` between its components; the file need not be there.
 * @throws BytesError ERR_FILE_KIND for a link, and for a component that leads upwards
 */
export function placeBelow(directory: string, name: string): string {
	let place = directory;
	for (const component of name.split("/")) {
		if (component === "" || component === ".") continue;
		place = join(place, component);
		if (component === ".." || isLink(place)) {
			const kind = component === ".." ? "a path upwards" : "a symbolic link";
			throw new BytesError(
				"ERR_FILE_KIND",
				`${place}: open: is ${kind}, expected a file or directory of ${directory} itself`,
			);
		}
	}
	return place;
}

function isLink(path: string): boolean {
	try {
		return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
	} catch (cause) {
		// A file in place of a directory: opening the path reports it.
		if (errorCode(cause) === "ENOTDIR") return false;
		throw BytesError.fromSystem(path, "open", cause);
	}
}
