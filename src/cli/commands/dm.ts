import type { Command } from "commander";
import { applyVerity, convertVolume, type ProtectedVolume } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { withCheckout } from "../package-input.js";
import type { Session } from "../session.js";

export function dmConvertCommand(): Command {
	return createCommand(
		"dm-convert",
		"Protect a volume of a container by dm-verity: hash file, _dm manifest, run.json, src.json.",
		"pvpkg dm-convert web root.squashfs",
	)
		.argument("<container>", "container, or CONTAINER/VOLUME")
		.argument("[volume]", "file of the container, such as root.squashfs")
		.action(
			action((session, _: object, container: string, volume?: string) =>
				withCheckout(session, (checkout) => {
					const [name = "", ...rest] = container.replace(/^\/+|\/+$/g, "").split("/");
					const file = volume ?? rest.join("/");
					if (file === "") throw new UsageError(`dm-convert ${container}: expected a volume`);
					printVolumes(session, [convertVolume(checkout, name, file)]);
				}),
			),
		);
}

export function dmApplyCommand(): Command {
	return createCommand(
		"dm-apply",
		"Make the dm-verity hash files of protected volumes again, with the salt and uuid they had.",
		"pvpkg dm-apply web",
	)
		.argument("[prefix]", "beginning of the keys: a container (default: all)")
		.action(
			action((session, _: object, prefix?: string) =>
				withCheckout(session, (checkout) => printVolumes(session, applyVerity(checkout, prefix))),
			),
		);
}

function printVolumes({ terminal }: Session, volumes: readonly ProtectedVolume[]): void {
	const lines = volumes.map(({ volume, rootHash }) => `${volume} ${rootHash}`);
	terminal.report<"dm-apply">(lines.join("\n"), { volumes });
}
