import { type Command, Option } from "commander";
import {
	type AppResult,
	addApp,
	encodeIndentedJson,
	installAppAgain,
	type JsonObject,
	listApps,
	plainJson,
	type RunSettings,
	readApp,
	readCheckout,
	removeApp,
	sortJson,
	sourceManifestValue,
	updateApp,
} from "../../internal.js";
import {
	type AppFlags,
	addAppOptions,
	addChangeOptions,
	addCompatOption,
	type ChangeFlags,
	type CompatFlags,
	readAppSettings,
	readChange,
} from "../app-options.js";
import { action, createCommand, createGroup } from "../command.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { UsageError } from "../errors.js";
import { addImageOptions, addOwnerOption, type ImageFlags, type OwnerFlags } from "../image-options.js";
import { imageText } from "../image-text.js";
import { withCheckout } from "../package-input.js";
import { addPlatformOption, parseOnePlatform } from "../platform-options.js";
import type { Session } from "../session.js";
import { withProgress } from "../settings.js";

interface BuildFlags extends CompatFlags, EngineFlags, ImageFlags, OwnerFlags {
	readonly platform?: string;
}

interface AddFlags extends AppFlags, BuildFlags {
	readonly from?: string;
	readonly type: "docker" | "rootfs" | "pvr";
	readonly force?: boolean;
}

interface UpdateFlags extends BuildFlags, ChangeFlags {
	readonly type?: "docker" | "rootfs" | "pvr";
	readonly from?: string;
	readonly source?: string;
	readonly base?: string;
	readonly patch?: boolean;
	readonly newbase?: boolean;
}

/** The containers of this checkout, with pvr's flags. */
export function appCommand(): Command {
	return createGroup(
		"app",
		"Add, update, install, list and remove the containers of this checkout.",
		"pvpkg app add web --from nginx:1.27 --platform linux/arm64\npvpkg app update web\npvpkg app ls",
	)
		.addCommand(addCommand())
		.addCommand(updateCommand())
		.addCommand(installCommand())
		.addCommand(listCommand())
		.addCommand(infoCommand())
		.addCommand(removeCommand());
}

function addCommand(): Command {
	const command = createCommand(
		"add",
		"Add a container from an image, a root file system, or another package.",
		[
			"pvpkg app add web --from nginx:1.27 --platform linux/arm64 --group app",
			"pvpkg app add os --type rootfs --from rootfs.tar.gz",
			"pvpkg app add blog --type pvr --from web.tgz#web",
		].join("\n"),
	)
		.argument("<name>", "name of the container")
		.addOption(new Option("--from <source>", "IMAGE; directory, tar or URL; PACKAGE#part").env("PVR_FROM"))
		.addOption(
			new Option("-t, --type <type>", "what --from is")
				.choices(["docker", "rootfs", "pvr"])
				.default("docker")
				.env("PVR_SOURCE_TYPE"),
		)
		.addOption(new Option("--force", "replace an existing container of that name").env("PVR_APP_ADD_FORCE"));
	addAppOptions(addBuildOptions(command), { formatOptions: "-o, --format-options <text>" });
	return command.action(
		action(async (session, flags: AddFlags, name: string) => {
			const from = flags.from ?? (session.variables.PVR_APP_FROM || undefined);
			if (from === undefined) throw new UsageError("app add: expected --from");
			const { base, ...options } = readAppSettings(session, flags);
			if (base !== undefined && flags.type !== "docker") {
				throw new UsageError(`--base ${base}: works only with --type docker, got ${flags.type}`);
			}
			const request = {
				...buildRequest(session, flags, name),
				type: flags.type,
				from: flags.type === "docker" ? await imageText(session, from) : from,
				base,
				options,
				force: flags.force,
			};
			await runBuild(session, flags, "added", (settings) => addApp(request, settings));
		}),
	);
}

function updateCommand(): Command {
	const command = createCommand(
		"update",
		"Look up the image of a container again, and make the container and those above it again.",
		"pvpkg app update web --patch",
	)
		.argument("<name>", "name of the container")
		.addOption(new Option("--from <image>", "another IMAGE than before").env("PVR_FROM"))
		.addOption(new Option("--source <list>", "where to look for images: remote, local").env("PVR_SOURCE"))
		.addOption(new Option("--base <container>", "container whose root file system is the base of this one"))
		.addOption(
			new Option("--patch", "only the difference from the present root file system: root.ovl.squashfs").env(
				"PVR_APP_UPDATE_PATCH",
			),
		)
		.addOption(
			new Option("--newbase", "make a whole root file system again").env("PVR_APP_UPDATE_PATCH_CLEAN"),
		)
		.addOption(typeOption("what --from is (default: what the container was made from)"));
	return addBuildOptions(addChangeOptions(command)).action(
		action(async (session, flags: UpdateFlags, name: string) => {
			if (flags.newbase && (flags.patch || flags.base !== undefined)) {
				throw new UsageError("--newbase: cannot be given with --patch or --base");
			}
			const { source, patch, newbase: newBase, type } = flags;
			const from = flags.from ?? (session.variables.PVR_APP_FROM || undefined);
			const change = readChange(session, flags);
			const base = flags.base?.replace(/^\/+|\/+$/g, "") || undefined;
			const request = {
				...buildRequest(session, flags, name),
				...{ from, source, base, patch, newBase, type, change },
			};
			await runBuild(session, flags, "updated", (settings) => updateApp(request, settings));
		}),
	);
}

function installCommand(): Command {
	const command = createCommand(
		"install",
		"Render a container again after its src.json was changed, and make its images where needed.",
		"pvpkg app install web",
	)
		.argument("<name>", "name of the container")
		.addOption(typeOption("accepted as in pvr, without effect: src.json decides"))
		.option("--source <list>", "where to look for images: remote, local")
		.option("--base <container>", "container whose root file system is the base of this one")
		.option("--runlevel <level>", "runlevel (deprecated: use groups)");
	return addBuildOptions(addChangeOptions(command)).action(
		action(async (session, flags: BuildFlags & ChangeFlags, name: string) => {
			const { source } = flags;
			const base = flags.base?.replace(/^\/+|\/+$/g, "") || undefined;
			const change = { ...readChange(session, flags), source, base };
			const request = { ...buildRequest(session, flags, name), change };
			await runBuild(session, flags, "installed", (settings) => installAppAgain(request, settings));
		}),
	);
}

function typeOption(text: string): Option {
	return new Option("-t, --type <type>", text).choices(["docker", "rootfs", "pvr"]);
}

function listCommand(): Command {
	return createCommand("ls", "List the containers of this checkout.", "pvpkg app ls").action(
		action((session) =>
			withCheckout(session, ({ directory }) => {
				const names = listApps(directory);
				session.terminal.result<"app ls">(names.join("\n"), { names });
			}),
		),
	);
}

function infoCommand(): Command {
	return createCommand("info", "Show the src.json of a container.", "pvpkg app info web")
		.argument("<name>", "name of the container")
		.action(
			action((session, _: object, name: string) =>
				withCheckout(session, ({ directory }) => {
					const source = sortJson(sourceManifestValue(readApp(directory, trimName(name))));
					const document = { name: trimName(name), source: plainJson(source as JsonObject) };
					session.terminal.result<"app info">(encodeIndentedJson(source, "    "), document);
				}),
			),
		);
}

function removeCommand(): Command {
	return createCommand(
		"rm",
		"Remove a container, its _config and its signature from the work tree.",
		"pvpkg app rm web && pvpkg commit",
	)
		.argument("<name>", "name of the container")
		.action(
			action((session, _: object, name: string) =>
				withCheckout(session, (checkout) => {
					const dependants = removeApp(checkout, trimName(name));
					for (const other of dependants) session.terminal.warn(`${other}: has lost its base ${name}`);
					session.terminal.result<"app rm">("", { name, dependants });
				}),
			),
		);
}

function addBuildOptions(command: Command): Command {
	addPlatformOption(command, "os/arch[/variant] (default: the only one that the image has)");
	return addCompatOption(addEngineOptions(addOwnerOption(addImageOptions(command))));
}

function buildRequest({ variables }: Session, flags: BuildFlags, name: string) {
	const text = flags.platform ?? variables.PVR_PLATFORM;
	const platform = text ? parseOnePlatform(text) : undefined;
	return { directory: ".", name: trimName(name), compat: flags.compat, platform };
}

function trimName(name: string): string {
	return name.replace(/^\/+|\/+$/g, "");
}

async function runBuild(
	session: Session,
	flags: BuildFlags,
	verb: string,
	build: (settings: RunSettings) => Promise<AppResult>,
): Promise<void> {
	readCheckout(".", session).close(); // Before anything is fetched.
	const { name, source, dependants } = await withProgress(session, flags, build);
	const also = dependants.length > 0 ? `, and with it ${dependants.join(", ")}` : "";
	session.terminal.report<"app add">(`${name}: ${verb}${also}`, {
		name,
		dependants,
		source: plainJson(sourceManifestValue(source)),
	});
}
