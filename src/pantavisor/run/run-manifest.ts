import { type JsonObject, type JsonValue, jsonObject } from "../../ground/json/index.js";
import { ROOT_OVERLAY, type SourceManifest, storageEntry, type TemplateArguments } from "../source/index.js";
import { PantavisorError } from "../state/index.js";
import { runProblems } from "./members.js";
import { type RenderContext, type RenderInput, renderContext } from "./render-context.js";
import type { RunMember } from "./run-member.js";
import { overlayMembers } from "./run-overlay.js";

/**
 * Returns `run.json` (docs/formats/pvr.md#runjson), its members in pvr's order.
 *
 * `services` is written only when an argument asks for it: older devices do not know the member, and newer ones
 * read its absence as three empty lists.
 *
 * @throws PantavisorError for arguments of the wrong type, or with values that devices refuse.
 */
export function createRunManifest(input: RenderInput): JsonObject {
	const members = runMembers(renderContext(input));
	const run: JsonObject = new Map(members.map(({ name, value }) => [name, value]));
	const problem = runProblems(run).find(({ kind }) => kind === "type" || kind === "value");
	if (problem === undefined) return run;
	const member = members.find(({ name }) => problem.place.split(/[.[]/)[0] === name);
	const origin = member?.origins.map((name) => name.replace(/^args\./, "")).join(", ");
	throw new PantavisorError(
		"ERR_ARGUMENT",
		`${origin}: render: run.json: ${problem.place}: ${problem.reason}: devices refuse or ignore it`,
	);
}

/** Returns the members of `run.json` in pvr's order, after merging those of src.json. */
export function runMembers(context: RenderContext): RunMember[] {
	return overlayMembers(madeMembers(context), context.source.run);
}

function madeMembers(context: RenderContext): RunMember[] {
	const { args, name, runnable, source } = context;
	const always = (member: string, value: JsonValue, origin: string): RunMember => ({
		name: member,
		value,
		origins: [origin],
	});
	return [
		always("#spec", "service-manifest-run@1", "default"),
		always("name", name, "name"),
		...(runnable ? [always("config", "lxc.container.conf", "default")] : []),
		...jsonMember(args, "conditions", "PV_CONDITIONS"),
		lists(args, "drivers", "PV_DRIVERS"),
		...(hasLists(args, "PV_SERVICES") ? [lists(args, "services", "PV_SERVICES")] : []),
		...autoRecovery(args),
		...groupMember(context),
		...textMember(args, "runlevel", "PV_RUNLEVEL"),
		...textMember(args, "restart_policy", "PV_RESTART_POLICY"),
		...textMember(args, "status_goal", "PV_STATUS_GOAL"),
		...jsonMember(args, "automodfw", "PV_AUTOMODFW"),
		...objectMember(args, "remount", "PV_REMOUNT"),
		...network(args, name),
		storage(context),
		...(runnable && source.exports?.length ? [always("exports", [...source.exports], "exports")] : []),
		...(runnable && source.logs?.length ? [always("logs", source.logs, "logs")] : []),
		...(runnable ? [always("type", "lxc", "default")] : []),
		...(runnable ? jsonMember(args, "roles", "PV_ROLES") : []),
		rootVolume(context),
		extraVolumes(context),
	];
}

function jsonMember(args: TemplateArguments, name: string, argument: string): RunMember[] {
	const value = args.structured(argument);
	return value === undefined ? [] : [{ name, value, origins: [`args.${argument}`] }];
}

function objectMember(args: TemplateArguments, name: string, argument: string): RunMember[] {
	const value = args.object(argument);
	return value === undefined ? [] : [{ name, value, origins: [`args.${argument}`] }];
}

function textMember(args: TemplateArguments, name: string, argument: string): RunMember[] {
	const value = args.text(argument);
	return value === undefined ? [] : [{ name, value, origins: [`args.${argument}`] }];
}

function groupMember({ args, group }: RenderContext): RunMember[] {
	const own = textMember(args, "group", "PV_GROUP");
	if (own.length > 0 || group === undefined || args.has("PV_RUNLEVEL")) return own;
	return [{ name: "group", value: group, origins: ["groups"] }];
}

const LISTS = ["manual", "required", "optional"] as const;

function hasLists(args: TemplateArguments, prefix: string): boolean {
	return LISTS.some((name) => args.has(`${prefix}_${name.toUpperCase()}`));
}

function lists(args: TemplateArguments, name: string, prefix: string): RunMember {
	const given = LISTS.map((list) => `${prefix}_${list.toUpperCase()}`);
	const value: JsonObject = new Map(LISTS.map((list, i) => [list, args.structured(given[i]!) ?? []]));
	const origins = given.filter((argument) => args.has(argument)).map((argument) => `args.${argument}`);
	return { name, value, origins: origins.length > 0 ? origins : ["default"] };
}

const RECOVERY_NUMBERS = ["max_retries", "retry_delay", "backoff_factor", "reset_window"] as const;

/** Returns the object as given, or one made of the separate arguments. */
function autoRecovery(args: TemplateArguments): RunMember[] {
	const whole = objectMember(args, "auto_recovery", "PV_AUTO_RECOVERY");
	const policy = args.text("PV_AUTO_RECOVERY_POLICY");
	if (whole.length > 0 || policy === undefined) return whole;
	const value: JsonObject = new Map([["policy", policy]]);
	const origins = ["args.PV_AUTO_RECOVERY_POLICY"];
	for (const name of RECOVERY_NUMBERS) {
		const argument = `PV_AUTO_RECOVERY_${name.toUpperCase()}`;
		const given = args.number(argument);
		if (given === undefined) continue;
		value.set(name, given);
		origins.push(`args.${argument}`);
	}
	return [{ name: "auto_recovery", value, origins }];
}

function network(args: TemplateArguments, container: string): RunMember[] {
	const pool = args.text("PV_NETWORK_POOL");
	if (pool === undefined) return [];
	const value = jsonObject({
		pool,
		hostname: args.scalar("PV_NETWORK_HOSTNAME") ?? container,
		ip: args.text("PV_NETWORK_IP"),
		mac: args.text("PV_NETWORK_MAC"),
	});
	const optional = ["PV_NETWORK_HOSTNAME", "PV_NETWORK_IP", "PV_NETWORK_MAC"].filter((name) =>
		args.has(name),
	);
	return [
		{ name: "network", value, origins: ["PV_NETWORK_POOL", ...optional].map((name) => `args.${name}`) },
	];
}

function storage({ source, volumes }: RenderContext): RunMember {
	const value: JsonObject = new Map(
		volumes.map(({ name, persistence }) => [name, storageEntry(persistence)]),
	);
	value.set(ROOT_OVERLAY, storageEntry(source.persistence?.get(ROOT_OVERLAY) || "boot"));
	const origins = volumes.map((volume) => `${volume.origin}.${volume.key}`);
	const overlay = source.persistence?.has(ROOT_OVERLAY) ? `persistence.${ROOT_OVERLAY}` : "default";
	return { name: "storage", value, origins: [...origins, overlay] };
}

function rootVolume({ source, rules }: RenderContext): RunMember {
	const overlay = source.dockerOvlDigest && source.base;
	const file = overlay ? "root.ovl.squashfs" : "root.squashfs";
	const verity = rules.looseVerity
		? hasVerity(source, "root.squashfs") || hasVerity(source, "root.ovl.squashfs")
		: hasVerity(source, file);
	const origins = ["default", ...(overlay ? ["base"] : []), ...(verity ? ["dm_enabled"] : [])];
	return { name: "root-volume", value: `${verity ? "dm:" : ""}${file}`, origins };
}

function extraVolumes({ args, source, rules }: RenderContext): RunMember {
	const names = [
		...args.commaList("PV_EXTRA_VOLUMES"),
		...args.commaList("PV_VOLUME_MOUNTS").map((item) => item.split(":")[0]!),
		...(source.dockerOvlDigest && !source.base ? ["root.ovl.squashfs"] : []),
	];
	const value = names.map((name) => (!rules.looseVerity && hasVerity(source, name) ? `dm:${name}` : name));
	const given = ["PV_EXTRA_VOLUMES", "PV_VOLUME_MOUNTS"].filter((name) => args.has(name));
	return { name: "volumes", value, origins: ["default", ...given.map((name) => `args.${name}`)] };
}

function hasVerity(source: SourceManifest, file: string): boolean {
	return source.dmEnabled?.get(file) === true;
}
