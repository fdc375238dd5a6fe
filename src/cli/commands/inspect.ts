import type { Command } from "commander";
import {
	displayByteString,
	encodeIndentedJson,
	formatSize,
	type ImageEntry,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	objectReference,
	openImage,
	type PackageInput,
	plainJson,
	type State,
} from "../../internal.js";
import { action, createCommand } from "../command.js";
import { withPackageInput } from "../package-input.js";
import { addReportOptions, type ReportFlags, runReport } from "../report-options.js";
import { formatTable } from "../terminal.js";

interface InspectFlags extends ReportFlags {
	readonly sizes?: boolean;
	readonly tree?: boolean;
	readonly state?: boolean;
}

export function inspectCommand(): Command {
	const command = createCommand(
		"inspect",
		"Show what is in a package: containers, files, images, signatures.",
		"pvpkg inspect out/web.amd64.tgz --tree\npvpkg inspect out/web.amd64.tgz --sizes --html sizes.html",
	)
		.argument("<package>", "package file, checkout directory, or state .json")
		.option("--tree", "list the files of every squashfs")
		.option("--state", "print the state, indented")
		.option("--sizes", "show what the package weighs: files by stored size, tables, padding");
	return addReportOptions(command).action(
		action(async (session, flags: InspectFlags, path: string) => {
			if (flags.sizes) return runReport(session, flags, { old: undefined, new: path });
			await withPackageInput(path, session, { ...flags, sound: true }, async (input) => {
				if (flags.state) {
					const state = input.state as JsonObject;
					session.terminal.result<"inspect">(encodeIndentedJson(state, "    "), {
						path,
						state: plainJson(state),
					});
					return;
				}
				const files = listFiles(input);
				const trees = flags.tree ? listTrees(input) : undefined;
				const text = [formatContainers(input.state), formatFiles(files), formatTrees(trees)];
				const document = {
					path,
					kind: input.kind,
					files,
					...(trees && { trees: Object.fromEntries(trees) }),
				};
				session.terminal.result<"inspect">(text.filter(Boolean).join("\n\n"), document);
			});
		}),
	);
}

interface FileFacts {
	readonly path: string;
	readonly kind: "document" | "object" | "value";
	readonly size: number | null;
	readonly sha256: string | null;
}

function listFiles({ state, objects }: PackageInput): FileFacts[] {
	return [...state].map(([path, value]) => {
		const sha256 = objectReference(value) ?? null;
		if (sha256 !== null) return { path, kind: "object", size: objects?.get(sha256)?.size ?? null, sha256 };
		return { path, kind: typeof value === "object" ? "document" : "value", size: null, sha256 };
	});
}

function formatContainers(state: State): string {
	const rows = [...state].flatMap(([key, value]) => {
		const [name, file, ...rest] = key.split("/");
		if (file !== "run.json" || rest.length > 0 || !isJsonObject(value)) return [];
		const source = state.get(`${name}/src.json`);
		const image = isJsonObject(source) ? source.get("docker_digest") : undefined;
		const text = (member: JsonValue | undefined) => (typeof member === "string" ? member : "-");
		const signed = state.has(`_sigs/${name}.json`) ? "yes" : "no";
		return [[name!, text(value.get("group")), text(value.get("root-volume")), signed, text(image)]];
	});
	return rows.length === 0 ? "" : formatTable([["CONTAINER", "GROUP", "ROOT", "SIGNED", "IMAGE"], ...rows]);
}

function formatFiles(files: readonly FileFacts[]): string {
	const rows = files.map(({ path, kind, size, sha256 }) => [
		path,
		kind,
		size === null ? "" : formatSize(size),
		sha256 ?? "",
	]);
	return formatTable([["FILE", "KIND", "SIZE", "SHA256"], ...rows]);
}

interface TreeEntry {
	readonly path: string;
	readonly kind: string;
	readonly mode: string;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	/** Of a symlink. */
	readonly target?: string;
	/** `major:minor` */
	readonly device?: string;
	/** Names of extended attributes, if there are any. */
	readonly xattrs?: readonly string[];
}

/** The entries of every squashfs, by its path in the state. */
function listTrees({ state, objects }: PackageInput): Map<string, TreeEntry[]> {
	const images = [...state].filter(([path]) => path.endsWith(".squashfs"));
	return new Map(
		images.flatMap(([path, value]) => {
			const content = objects?.get(objectReference(value) ?? "");
			return content === undefined ? [] : [[path, [...openImage(content).entries()].map(treeEntry)] as const];
		}),
	);
}

function treeEntry(entry: ImageEntry): TreeEntry {
	const { mode, uid, gid, xattrs } = entry.attributes;
	const size = entry.kind === "file" ? entry.content.size : 0;
	return {
		path: displayByteString(entry.path),
		kind: entry.kind,
		mode: mode.toString(8).padStart(4, "0"),
		uid,
		gid,
		size,
		...(entry.kind === "symlink" && { target: displayByteString(entry.target) }),
		...("major" in entry && { device: `${entry.major}:${entry.minor}` }),
		...(xattrs.size > 0 && { xattrs: [...xattrs.keys()].map(displayByteString) }),
	};
}

/** `/bin/sh -> busybox (symlink)`, `/bin/ping (file) security.capability` */
function formatEntry({ path, kind, target, xattrs }: TreeEntry): string {
	const link = target === undefined ? "" : ` -> ${target}`;
	return [`/${path}${link} (${kind})`, ...(xattrs ?? [])].join(" ");
}

function formatTrees(trees: ReadonlyMap<string, readonly TreeEntry[]> | undefined): string {
	const blocks = [...(trees ?? [])].map(([path, entries]) => {
		const rows = entries.map((e) => [
			e.mode,
			`${e.uid}:${e.gid}`,
			e.device ?? (e.kind === "file" ? String(e.size) : "-"),
			formatEntry(e),
		]);
		return `${path}\n${formatTable([["MODE", "OWNER", "SIZE", "PATH"], ...rows])}`;
	});
	return blocks.join("\n\n");
}
