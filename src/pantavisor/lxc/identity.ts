import type { RenderContext } from "../run/index.js";
import { PantavisorError } from "../state/index.js";
import { type ConfigLine, line } from "./config-line.js";

/**
 * Returns the lines that carry over what pvr leaves out: the image's User if `PVPKG_IMAGE_USER` asks for it, and
 * its StopSignal if `PVPKG_IMAGE_STOP_SIGNAL` does (field faults 5.3 and 5.4).
 * @throws PantavisorError ERR_ARGUMENT for a user without numbers, or an invalid signal.
 */
export function identityLines(context: RenderContext): ConfigLine[] {
	return [...userLines(context), ...haltLines(context)];
}

function userLines({ args, settings, identity }: RenderContext): ConfigLine[] {
	if (!args.has("PVPKG_IMAGE_USER") || settings.user === "") return [];
	const { uid, gid } = identity ?? numericIdentity(settings.user);
	const origins = ["User", "args.PVPKG_IMAGE_USER"];
	return [line(`lxc.init.uid = ${uid}`, ...origins), line(`lxc.init.gid = ${gid}`, ...origins)];
}

/** Parses `UID[:GID]`. Without a group it is 0, as in docker for a user without an entry in passwd. */
function numericIdentity(user: string): { uid: number; gid: number } {
	const [, uid, gid = "0"] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user) ?? [];
	if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
	throw new PantavisorError(
		"ERR_ARGUMENT",
		`PVPKG_IMAGE_USER: render: expected UID[:GID], as there is no root.squashfs beside src.json to look up names in, got ${JSON.stringify(user)}: write numbers, or use export, build or app, which read the image`,
	);
}

function haltLines({ args, settings }: RenderContext): ConfigLine[] {
	if (!args.has("PVPKG_IMAGE_STOP_SIGNAL") || settings.stopSignal === "") return [];
	const signal = settings.stopSignal.toUpperCase();
	if (!/^(SIG)?[A-Z0-9]{1,8}(\+\d{1,2}|-\d{1,2})?$/.test(signal)) {
		throw new PantavisorError(
			"ERR_ARGUMENT",
			`StopSignal: render: expected a signal such as SIGQUIT or 3, got ${JSON.stringify(signal)}`,
		);
	}
	const name = /^(\d|SIG)/.test(signal) ? signal : `SIG${signal}`;
	return [line(`lxc.signal.halt = ${name}`, "StopSignal", "args.PVPKG_IMAGE_STOP_SIGNAL")];
}
