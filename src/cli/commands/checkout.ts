import { dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { checkOutputDirectory, extractImages, prepareCheckout, restoreCheckout } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { openSource, withCheckout } from "../package-input.js";
import { addPackageOptions, type PackageFlags } from "../package-options.js";
import type { Session } from "../session.js";

interface CheckoutFlags extends PackageFlags {
	readonly canonical?: boolean;
	readonly hardlink?: boolean;
	readonly extract?: boolean;
	readonly force?: boolean;
}

export function checkoutCommand(): Command {
	const command = createCommand(
		"checkout",
		"Unpack a package as a pvr checkout; or put the committed files of this one in place again.",
		"pvpkg checkout web.tgz tree --extract\npvpkg reset",
	)
		.alias("reset")
		.argument("[package]", "package file, checkout, its .pvr, or unpacked export")
		.argument("[dir]", "checkout to make, or to replace")
		.addOption(new Option("-c, --canonical", "write documents canonically").env("PVR_CANONICAL_JSON"))
		.option("--hardlink", "link objects instead of copying them; implies --canonical")
		.option("--extract", "also unpack every squashfs, to DIR/.pv/rootfs/NAME/FILE")
		.option("--force", "replace DIR even if it is a checkout with files that were not committed");
	return addPackageOptions(command).action(
		action((session, flags: CheckoutFlags, path?: string, directory?: string) => {
			if (path !== undefined) return unpack(session, flags, path, directory);
			for (const name of ["extract", "force"] as const) {
				if (flags[name]) throw new UsageError(`--${name}: expected a package and a directory with it`);
			}
			return withCheckout(session, (checkout) => {
				const written = restoreCheckout(checkout, flags);
				session.terminal.report<"checkout">(written.join("\n"), { written });
			});
		}),
	);
}

async function unpack(
	session: Session,
	flags: CheckoutFlags,
	path: string,
	directory: string | undefined,
): Promise<void> {
	const { terminal } = session;
	const { canonical, hardlink, extract, force } = flags;
	if (directory === undefined) throw new UsageError(`checkout ${path}: expected a directory with it`);
	if (hardlink) throw new UsageError("--hardlink: works in a checkout only, expected no package");
	checkOutputDirectory(dirname(resolve(directory)));
	const source = await openSource(session, flags, path);
	const { state, objects } = source;
	try {
		const checkout = prepareCheckout(directory, state, objects, { canonical, force });
		try {
			const onWarning = (message: string): void => terminal.warn(message);
			const options = { maximumUnpacked: flags.maxUnpacked, onWarning };
			const images = extract ? await extractImages(state, checkout, options) : [];
			checkout.commit();
			terminal.report<"checkout">(directory, { directory, images });
		} finally {
			checkout.discard();
		}
	} finally {
		source.close();
	}
}
