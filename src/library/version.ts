import { readProgramFile } from "../ground/files/index.js";

/** Returns the version of this library, as package.json has it. */
export function libraryVersion(): string {
	const text = Buffer.from(readProgramFile("../../../package.json", import.meta.url)).toString("utf8");
	return JSON.parse(text).version;
}

/** Returns how documents name the program that made them. */
export function libraryTool(): { readonly name: string; readonly version: string } {
	return { name: "pvpkg", version: libraryVersion() };
}
