import { basename, dirname, join, resolve } from "node:path";
import { BuildError, type BuildSettings, type Evidence } from "../container/index.js";
import type { SbomFormat } from "../evidence/sbom/index.js";
import { PendingFile } from "../ground/files/index.js";
import type { SbomRequest } from "./requests.js";

/** What the names of documents end with, after the names of their packages. */
const SUFFIXES: Readonly<Record<SbomFormat, string>> = {
	"spdx-json": ".spdx.json",
	"cyclonedx-json": ".cdx.json",
};

/** Writes the documents of a package beside their places. Until they are committed they have no names. */
export async function writeSbomFiles(
	evidence: Evidence,
	request: SbomRequest | undefined,
	{ time, maximumTime, onWarning }: BuildSettings,
): Promise<PendingFile[]> {
	if (request === undefined) return [];
	const { formats, directory, tool } = request;
	const { encodeSbom, packageSubject } = await import("../evidence/sbom/index.js");
	const path = evidence.package.path!;
	const created = maximumTime === undefined ? undefined : time;
	const subject = packageSubject(evidence, { name: basename(path), tool, created });
	for (const { name, catalogue } of subject.containers) {
		for (const note of catalogue.incomplete) onWarning?.(`${name}: SBOM: ${note.path}: ${note.reason}`);
	}
	const files: PendingFile[] = [];
	try {
		for (const format of formats) {
			const file = PendingFile.create(sbomPath(path, format, directory));
			files.push(file);
			file.write(Buffer.from(encodeSbom(subject, format), "utf8"), 0);
		}
		return files;
	} catch (error) {
		for (const file of files) file.discard();
		throw error;
	}
}

function sbomPath(path: string, format: SbomFormat, directory: string = dirname(path)): string {
	return join(directory, basename(path) + SUFFIXES[format]);
}

/** @throws BuildError ERR_BUILD_REQUEST where two packages would have documents of one name. */
export function checkSbomPaths(paths: readonly string[], request: SbomRequest | undefined): void {
	if (request?.directory === undefined) return;
	const names = paths.map((path) => resolve(sbomPath(path, "spdx-json", request.directory)));
	const second = names.findIndex((name, at) => names.indexOf(name) !== at);
	if (second < 0) return;
	const first = paths[names.indexOf(names[second]!)];
	const reason = `expected names that differ, got ${basename(paths[second]!)} for ${first} and ${paths[second]}`;
	throw new BuildError("ERR_BUILD_REQUEST", `${request.directory}: write SBOMs: ${reason}`);
}
