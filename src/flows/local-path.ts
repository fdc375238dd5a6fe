import type { OpenedInput, Run } from "../container/index.js";

/** Warns where a path of this machine becomes the name of an image: packages of copies of it would differ. */
export function warnOfPath(run: Run, [opened]: readonly OpenedInput[]): void {
	if (opened?.kind !== "image" || !opened.name.local) return;
	const { place, input } = opened;
	if (!("path" in place) || place.path === "-") return;
	const reason =
		"this path becomes part of the package, as docker_name (--as NAME[:TAG] gives a name that stays)";
	run.settings.onWarning?.(`${input.text}: name image: ${reason}`);
}
