import type { Command } from "commander";
import { ContentStore, formatCounted, formatSize, pruneCache, verifyCache } from "../../internal.js";
import { action, createCommand, createGroup } from "../command.js";
import { MissingError, UsageError, VerificationError } from "../errors.js";
import { sizeOption } from "../option-values.js";
import { cacheDirectory, cacheKey, type Session } from "../session.js";
import { formatTable } from "../terminal.js";

/** A key that nobody uses: everything except blobs counts as foreign. */
const NO_KEY = "";

interface CacheFlags {
	readonly cacheDir?: string;
	readonly keep?: string;
	readonly all?: boolean;
}

export function cacheCommand(): Command {
	return createGroup(
		"cache",
		"List, check and clean up the content store.",
		"pvpkg cache ls\npvpkg cache prune --keep 2G",
	)
		.addCommand(listCommand())
		.addCommand(verifyCommand())
		.addCommand(pruneCommand());
}

function listCommand(): Command {
	return storeCommand("ls", "List blobs, those used longest ago first.", "pvpkg cache ls").action(
		action((session, flags: CacheFlags) => {
			const store = openStore(session, flags);
			const blobs = store.list();
			const rows = blobs.map(({ digest, size, lastUsed }) => [
				digest,
				formatSize(size),
				new Date(lastUsed).toISOString(),
			]);
			const total = blobs.reduce((sum, { size }) => sum + size, 0);
			const summary = `${formatCounted(blobs.length, "blob")}, ${formatSize(total)} in ${store.directory}`;
			session.terminal.result<"cache ls">(
				`${formatTable([["DIGEST", "SIZE", "LAST USED"], ...rows])}\n${summary}`,
				{
					directory: store.directory,
					size: total,
					blobs,
				},
			);
		}),
	);
}

function verifyCommand(): Command {
	return storeCommand(
		"verify",
		"Check every blob, record and compressed block, and remove those that are damaged.",
		"pvpkg cache verify",
	).action(
		action(async (session, flags: CacheFlags) => {
			const { directory } = openStore(session, flags);
			// Without a key, only blobs can be trusted.
			const check = await verifyCache(directory, cacheKey(session) ?? NO_KEY, session.signal);
			const { records, blocks } = check;
			const digests = check.damaged.map(({ digest }) => digest);
			const damaged = [
				...digests,
				...records.damaged.map((name) => `record ${name}`),
				...blocks.damaged.map((name) => `blocks ${name}`),
			];
			const foreign = records.foreign + blocks.foreign;
			const note = foreign === 0 ? "" : ` (${foreign} records and packs were made with another key)`;
			const text = damaged.map((name) => `${name}: damaged, removed`).join("\n");
			session.terminal.result<"cache verify">(text || `everything is sound${note}`, check);
			if (damaged.length > 0) throw new VerificationError(`cache: verify: ${damaged.length} damaged`);
		}),
	);
}

function pruneCommand(): Command {
	return storeCommand("prune", "Remove the blobs used longest ago.", "pvpkg cache prune --keep 2G")
		.option("--keep <size>", "total size of the blobs to keep, such as 2G")
		.option("--all", "remove everything, compressed blocks too")
		.action(
			action((session, flags: CacheFlags) => {
				if ((flags.keep === undefined) === (flags.all === undefined)) {
					throw new UsageError("cache prune: expected --keep SIZE or --all");
				}
				const { directory } = openStore(session, flags);
				const pruned = pruneCache(directory, flags.all ? 0 : sizeOption("--keep")(flags.keep!));
				const text = `removed ${formatCounted(pruned.removed.length, "blob")}, ${formatSize(pruned.bytes)} in all`;
				const { removed, bytes: size } = pruned;
				session.terminal.result<"cache prune">(text, { removed, size });
			}),
		);
}

function storeCommand(name: string, summary: string, example: string): Command {
	return createCommand(name, summary, example).option(
		"--cache-dir <dir>",
		"the store (default: $PVPKG_CACHE_DIR)",
	);
}

function openStore(session: Session, flags: CacheFlags): ContentStore {
	const directory = cacheDirectory(session, flags.cacheDir);
	if (directory !== undefined) return new ContentStore(directory);
	throw new MissingError(
		"cache: find: no place that can be written, expected --cache-dir or PVPKG_CACHE_DIR",
	);
}
