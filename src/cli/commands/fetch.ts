import type { Command } from "commander";
import {
	fetchLocked,
	formatSize,
	LOCK_FILE,
	type LockedAddress,
	listLocked,
	readLock,
} from "../../internal.js";
import { action, createCommand } from "../command.js";
import { MissingError, UsageError } from "../errors.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { fileOption } from "../option-values.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import { cacheDirectory } from "../session.js";
import { withProgress } from "../settings.js";

interface FetchFlags extends ImageFlags {
	readonly platform?: string;
	readonly output?: string;
	readonly lock: string;
	readonly list?: boolean;
	readonly format: Format;
}

const FORMATS = ["urls", "json", "bazel", "bitbake", "nix"] as const;
type Format = (typeof FORMATS)[number];

export function fetchCommand(): Command {
	const command = createCommand(
		"fetch",
		"Fetch everything that the lock names, into the content store or an OCI layout.",
		"pvpkg fetch -o images && pvpkg build --frozen --from images\npvpkg fetch --list --format bitbake",
	)
		.option(
			"-o, --output <dir>",
			"OCI layout to write, for --from; or oci-archive:FILE",
			fileOption("--output"),
		)
		.option("--lock <file>", "the lock", LOCK_FILE)
		.option("--list", "fetch nothing: print addresses, digests and sizes")
		.option(`--format <${FORMATS.join("|")}>`, "form of the list", parseFormat, "urls");
	addPlatformOption(command, "only these platforms, as os/arch[/variant]");
	return addImageOptions(command).action(
		action(async (session, flags: FetchFlags) => {
			const lock = { path: flags.lock, strict: true };
			const platforms = flags.platform === undefined ? undefined : parsePlatforms(flags.platform);
			if (flags.list) {
				const addresses = listLocked(
					readLock(flags.lock, (message) => session.terminal.warn(message)),
					platforms,
				);
				session.terminal.result<"fetch">(FORMATTERS[flags.format](addresses), { addresses });
				return;
			}
			if (
				flags.output === undefined &&
				(!flags.cache || cacheDirectory(session, flags.cacheDir) === undefined)
			)
				throw new MissingError("fetch: keep images: no cache can be written, expected --output");
			const request = { lock, platforms, layout: flags.output };
			const size = await withProgress(session, flags, (settings) => fetchLocked(request, settings));
			const place = flags.output ?? "the cache";
			session.terminal.report<"fetch">(`everything in the lock is in ${place}: ${formatSize(size)}`, {
				path: flags.output ?? null,
				size,
			});
		}),
	);
}

function parseFormat(text: string): Format {
	const format = FORMATS.find((known) => known === text);
	if (format !== undefined) return format;
	throw new UsageError(`--format: expected one of ${FORMATS.join(", ")}, got ${text}`);
}

const hexOf = ({ digest }: LockedAddress): string => digest.slice(digest.indexOf(":") + 1);
const fileName = (address: LockedAddress): string => `sha256-${hexOf(address)}`;

const FORMATTERS: Readonly<Record<Format, (addresses: readonly LockedAddress[]) => string>> = {
	urls: (addresses) => addresses.map(({ url, digest, size }) => `${url} ${digest} ${size}`).join("\n"),
	json: (addresses) => JSON.stringify(addresses, null, 2),
	bazel: (addresses) =>
		addresses
			.map(
				(address) =>
					`http_file(name = "${fileName(address)}", url = "${address.url}", sha256 = "${hexOf(address)}")`,
			)
			.join("\n"),
	bitbake: (addresses) =>
		addresses
			.map((address) => `${address.url};sha256sum=${hexOf(address)};downloadfilename=${fileName(address)}`)
			.join("\n"),
	nix: (addresses) =>
		addresses.map((address) => `{ url = "${address.url}"; sha256 = "${hexOf(address)}"; }`).join("\n"),
};
