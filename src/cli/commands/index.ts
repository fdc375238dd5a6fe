import type { Command } from "commander";

/** A command in the list of commands, and how to load it. */
export interface ListedCommand {
	/** A few words for the list; the command's own description is longer. */
	readonly summary: string;
	readonly aliases?: readonly string[];
	/** Loads the modules of this command, and those alone: a start costs what its command needs. */
	readonly load: () => Promise<() => Command>;
}

/** Every command of the program by its name, by the heading it has in the help. */
export const COMMANDS: Readonly<Record<string, Readonly<Record<string, ListedCommand>>>> = {
	"From images to packages:": {
		export: {
			summary: "make signed packages from an image, one for each platform",
			load: async () => (await import("./export.js")).exportCommand,
		},
		install: {
			summary: "record an image in this project",
			load: async () => (await import("./install.js")).installCommand,
		},
		build: {
			summary: "build the packages of this project",
			load: async () => (await import("./build.js")).buildCommand,
		},
		lock: {
			summary: "record which images the names in this project mean",
			load: async () => (await import("./lock.js")).lockCommand,
		},
		fetch: {
			summary: "fetch everything that the lock names",
			load: async () => (await import("./fetch.js")).fetchCommand,
		},
		repro: {
			summary: "build packages again, and name what differs",
			load: async () => (await import("./repro.js")).reproCommand,
		},
		pull: {
			summary: "fetch an image into the content store, or into a layout",
			load: async () => (await import("./pull.js")).pullCommand,
		},
		image: {
			summary: "look at images: platforms, layers, tags",
			load: async () => (await import("./image.js")).imageCommand,
		},
		login: {
			summary: "check credentials at a registry, and keep them",
			load: async () => (await import("./login.js")).loginCommand,
		},
		logout: {
			summary: "forget the credentials of a registry",
			load: async () => (await import("./login.js")).logoutCommand,
		},
		cache: {
			summary: "list, check and clean up the content store",
			load: async () => (await import("./cache.js")).cacheCommand,
		},
	},
	"Packages:": {
		verify: {
			summary: "check packages, checkouts or states as a device would",
			load: async () => (await import("./verify.js")).verifyCommand,
		},
		inspect: {
			summary: "show what is in a package, and what it weighs",
			load: async () => (await import("./inspect.js")).inspectCommand,
		},
		sbom: {
			summary: "list the software in a package, image or file system",
			load: async () => (await import("./sbom.js")).sbomCommand,
		},
		sign: {
			summary: "sign the containers of a package again",
			load: async () => (await import("./sign.js")).signCommand,
		},
		attest: {
			summary: "sign a statement about a package",
			load: async () => (await import("./attest.js")).attestCommand,
		},
		keygen: {
			summary: "make a development CA, a key and its certificate",
			load: async () => (await import("./keygen.js")).keygenCommand,
		},
	},
	"Devices and repositories:": {
		push: {
			summary: "install packages on a device, and wait until it runs them",
			load: async () => (await import("./push.js")).pushCommand,
		},
		device: {
			summary: "look at a device: state, status, logs, containers",
			load: async () => (await import("./device.js")).deviceCommand,
		},
		clone: {
			summary: "make a checkout of a repository or a package",
			load: async () => (await import("./clone.js")).cloneCommand,
		},
		get: {
			summary: "get the state of a repository into this checkout",
			load: async () => (await import("./get.js")).getCommand,
		},
		merge: {
			summary: "merge the state of a repository into this checkout",
			load: async () => (await import("./get.js")).mergeCommand,
		},
		put: {
			summary: "replace the state of a repository on a server",
			load: async () => (await import("./post.js")).putCommand,
		},
		post: {
			summary: "send the committed state to a device as a new revision",
			load: async () => (await import("./post.js")).postCommand,
		},
		putobjects: {
			summary: "upload the objects of this checkout to a server",
			load: async () => (await import("./post.js")).putObjectsCommand,
		},
		deploy: {
			summary: "lay repositories out as devices keep revisions",
			load: async () => (await import("./deploy.js")).deployCommand,
		},
	},
	"Parts of the job:": {
		render: {
			summary: "make lxc.container.conf and run.json from a src.json",
			load: async () => (await import("./render.js")).renderCommand,
		},
		explain: {
			summary: "show which setting became which line",
			load: async () => (await import("./explain.js")).explainCommand,
		},
		mksquashfs: {
			summary: "make a squashfs from a tree, an archive or an image",
			load: async () => (await import("./mksquashfs.js")).mksquashfsCommand,
		},
		schema: {
			summary: "print the JSON Schema of a file or a document",
			load: async () => (await import("./schema.js")).schemaCommand,
		},
		ci: {
			summary: "write what a CI system needs to build this project",
			load: async () => (await import("./ci.js")).ciCommand,
		},
		completion: {
			summary: "print the script that completes commands in a shell",
			load: async () => (await import("./completion.js")).completionCommand,
		},
	},
	"pvr checkouts:": {
		init: {
			summary: "make this directory a pvr checkout",
			load: async () => (await import("./init.js")).initCommand,
		},
		app: {
			summary: "add, update, install, list and remove containers",
			load: async () => (await import("./app.js")).appCommand,
		},
		add: {
			summary: "add files of this checkout to the next commit",
			load: async () => (await import("./add.js")).addCommand,
		},
		status: {
			summary: "list the files that differ from the last commit",
			load: async () => (await import("./status.js")).statusCommand,
		},
		json: {
			summary: "print the state that a commit would make",
			load: async () => (await import("./json.js")).jsonCommand,
		},
		diff: {
			summary: "show what an update costs, or what a commit would change",
			load: async () => (await import("./diff.js")).diffCommand,
		},
		commit: {
			summary: "make the files of this checkout its committed state",
			load: async () => (await import("./commit.js")).commitCommand,
		},
		checkout: {
			summary: "unpack a package, or put committed files in place",
			aliases: ["reset"],
			load: async () => (await import("./checkout.js")).checkoutCommand,
		},
		import: {
			summary: "make the state of a package the committed one",
			load: async () => (await import("./import.js")).importCommand,
		},
		sig: {
			summary: "sign this checkout, and check its signatures",
			load: async () => (await import("./sig.js")).sigCommand,
		},
		"dm-convert": {
			summary: "protect a volume of a container by dm-verity",
			load: async () => (await import("./dm.js")).dmConvertCommand,
		},
		"dm-apply": {
			summary: "make the hash files of protected volumes again",
			load: async () => (await import("./dm.js")).dmApplyCommand,
		},
	},
};
