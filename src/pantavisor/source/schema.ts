import { ARGUMENTS, type ArgumentKind } from "./argument-names.js";
import { MEMBERS, type MemberKind, type MemberName, OTHERS, SPEC } from "./source-manifest.js";

/** A description of each member of a `src.json`. */
export const MEMBER_NOTES: Readonly<Record<MemberName, string>> = {
	base: "Container of the same device whose root file system lies below this one's: NAME of NAME/src.json.",
	name: "Accepted, and not read: the name of the directory is the container's name.",
	"#spec": "Name and version of the format.",
	template: "Template of the configuration; pvpkg has builtin-lxc-docker, as pvr.",
	args: "Arguments of the template.",
	dm_enabled: "Volumes that dm-verity protects, by their file: root.squashfs.",
	logs: "Logs of the container that the device collects; goes into run.json.",
	exports: "Paths that other containers may import; goes into run.json.",
	config:
		"Laid over docker_config, member by member, as docker's command line would: Entrypoint, Cmd, Env, WorkingDir.",
	docker_name: "Repository of the image as it was typed, without tag and digest.",
	docker_tag: "Tag of the image.",
	docker_digest: "What the tag meant: NAME@DIGEST, or a digest. A build takes exactly this image.",
	docker_ovl_digest: "The image that root.ovl.squashfs was made of, as a difference to root.squashfs.",
	docker_source: "Where images are looked for, in this order: remote, local.",
	docker_config: "The configuration of the image; renewed with docker_digest.",
	docker_platform: "Platform as os/architecture[/variant], as it was requested.",
	format_options: "mksquashfs's options, as one string.",
	pvr: "Package that the container was taken out of, with the part: PACKAGE#PART.",
	pvr_digest: "Whether its digest is recorded.",
	rootfs_url: "Root file system without an image: a directory, an archive, or the URL of one.",
	rootfs_digest: "Digest of the image file that was made of it.",
	persistence:
		"Volumes: PATH, or ovl:PATH for one that begins with what the image has there; how long its content lives.",
	run: "Merged into run.json last; a member of pvpkg's own.",
};

type Schema = Readonly<Record<string, unknown>>;

const ANY_OBJECT: Schema = { type: "object" };
const SCALAR: Schema = { type: ["string", "number", "boolean"] };
const VOLUME_CLASS = "^(permanent|revision|boot)(@[^@]+)?$";

const KINDS: Readonly<Record<MemberKind, Schema>> = {
	string: { type: "string" },
	boolean: { type: "boolean" },
	object: ANY_OBJECT,
	array: { type: "array" },
	strings: { type: "array", items: { type: "string" } },
	"string map": { type: "object", additionalProperties: { type: "string" } },
	"boolean map": { type: "object", additionalProperties: { type: "boolean" } },
};

/** Returns the schema of a string that contains JSON, as `--arg` makes it. */
const held = (begin: string): Schema => ({ type: "string", pattern: `^\\s*${begin}|^$` });

const ARGUMENT_KINDS: Readonly<Record<ArgumentKind, Schema>> = {
	switch: SCALAR,
	scalar: SCALAR,
	string: { type: "string" },
	words: { type: "string" },
	number: { anyOf: [{ type: "number" }, { type: "string", pattern: "^(-?(0|[1-9][0-9]*)(\\.[0-9]+)?)?$" }] },
	list: { anyOf: [{ type: "array", items: SCALAR }, held("\\[")] },
	object: { anyOf: [ANY_OBJECT, held("\\{")] },
	json: { type: ["array", "object", "string", "number", "boolean"] },
};

/** Returns the JSON Schema of a `src.json`, without `$schema` and `$id`. */
export function sourceManifestSchema(): Schema {
	const members = MEMBERS.map(([name, , kind]) => {
		return [name, { ...memberSchema(name, kind), description: MEMBER_NOTES[name] }] as const;
	});
	const others = [...OTHERS].map((name) => {
		return [name, { description: "Written by another tool, and kept." }] as const;
	});
	return {
		type: "object",
		properties: Object.fromEntries([...members, ...others]),
		additionalProperties: false,
	};
}

function memberSchema(name: MemberName, kind: MemberKind): Schema {
	if (name === "#spec") return { const: SPEC };
	if (name === "args") return argumentsSchema();
	if (name !== "persistence") return KINDS[kind];
	return { type: "object", additionalProperties: { type: "string", pattern: VOLUME_CLASS } };
}

function argumentsSchema(): Schema {
	const properties = [...ARGUMENTS].map(([name, { kind, about, example }]) => {
		return [
			name,
			{ ...ARGUMENT_KINDS[kind], description: `Decides: ${about}.`, examples: [example] },
		] as const;
	});
	return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}
