import { basename, dirname, join, resolve } from "node:path";
import { BuildError, type BuildSettings, type Evidence, type OpenedInput } from "../container/index.js";
import type { CarriedDocuments, SbomFormat, SbomSubject } from "../evidence/sbom/index.js";
import { checkOutputDirectory, PendingFile } from "../ground/files/index.js";
import type { SbomRequest } from "./requests.js";

/** What the names of documents end with, after the names of their packages. */
const SUFFIXES: Readonly<Record<SbomFormat, string>> = {
	"spdx-json": ".spdx.json",
	"cyclonedx-json": ".cdx.json",
};

/**
 * Writes the documents of a package beside their places. Until they are committed they have no names.
 * @param opened the image of the only container: documents that its builder stored beside it come along.
 */
export async function writeSbomFiles(
	evidence: Evidence,
	request: SbomRequest | undefined,
	settings: BuildSettings,
	opened?: OpenedInput,
): Promise<PendingFile[]> {
	if (request === undefined) return [];
	const { encodeSbom } = await import("../evidence/sbom/index.js");
	const { path: packagePath = "" } = evidence.package;
	const { directory = dirname(packagePath) } = request;
	const carried = await readCarried(evidence, opened, settings);
	const subject = await describePackage(evidence, request, settings, carried);
	const documents = request.formats.map((format): [string, string] => [
		sbomPath(packagePath, format, directory),
		encodeSbom(subject, format),
	]);
	const theirs = subject.containers.flatMap(({ name, carried: references = [] }) =>
		references.map(({ fileName }, at): [string, string] => [
			join(directory, fileName),
			carried.get(name)!.documents[at]!.text,
		]),
	);
	return writeAll([...documents, ...theirs]);
}

async function readCarried(
	{ containers }: Evidence,
	opened: OpenedInput | undefined,
	{ signal }: BuildSettings,
): Promise<ReadonlyMap<string, CarriedDocuments>> {
	const [container] = containers;
	if (opened?.kind !== "image" || container === undefined) return new Map();
	const { readBuildKitDocuments } = await import("../evidence/sbom/index.js");
	return new Map([[container.name, await readBuildKitDocuments(opened.source, opened.image, signal)]]);
}

async function describePackage(
	evidence: Evidence,
	{ tool }: SbomRequest,
	{ time, maximumTime, onWarning }: BuildSettings,
	carried: ReadonlyMap<string, CarriedDocuments>,
): Promise<SbomSubject> {
	const { packageSubject } = await import("../evidence/sbom/index.js");
	const created = maximumTime === undefined ? undefined : time;
	const name = basename(evidence.package.path ?? "");
	const subject = packageSubject(evidence, { name, tool, created }, carried);
	for (const { name, catalogue } of subject.containers) {
		for (const note of catalogue.incomplete) onWarning?.(`${name}: SBOM: ${note.path}: ${note.reason}`);
	}
	return subject;
}

function writeAll(documents: readonly (readonly [path: string, text: string])[]): PendingFile[] {
	const files: PendingFile[] = [];
	try {
		for (const [path, text] of documents) {
			const file = PendingFile.create(path);
			files.push(file);
			file.write(Buffer.from(text, "utf8"), 0);
		}
		return files;
	} catch (error) {
		for (const file of files) file.discard();
		throw error;
	}
}

function sbomPath(path: string, format: SbomFormat, directory: string): string {
	return join(directory, basename(path) + SUFFIXES[format]);
}

/**
 * Checks that documents could be written, before the work that they are about.
 * @throws BuildError ERR_BUILD_REQUEST where two packages would have documents of one name; BytesError
 */
export function checkSbomPaths(paths: readonly string[], request: SbomRequest | undefined): void {
	const directory = request?.directory;
	if (directory === undefined) return;
	checkOutputDirectory(directory);
	const names = paths.map((path) => resolve(sbomPath(path, "spdx-json", directory)));
	const second = names.findIndex((name, at) => names.indexOf(name) !== at);
	if (second < 0) return;
	const first = paths[names.indexOf(names[second]!)];
	const reason = `expected names that differ, got ${basename(paths[second]!)} for ${first} and ${paths[second]}`;
	throw new BuildError("ERR_BUILD_REQUEST", `${directory}: write SBOMs: ${reason}`);
}
