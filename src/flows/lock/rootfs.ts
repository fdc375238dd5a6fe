import { identifyRootfs, type RootfsContent, type RootfsInput, type Run } from "../../container/index.js";
import { type Lock, LockError } from "../../image/lock/index.js";
import { isPretending } from "../../image/sources/index.js";

/** The root file systems of a lock. */
export type LockedRootfs = Pick<Lock, "files" | "directories">;

/** What became of a root file system. */
export interface RootfsChange {
	readonly key: string;
	readonly before: string | undefined;
	readonly after: string;
	/** Bytes of an archive; unknown of a directory. */
	readonly size: number | undefined;
}

/** Returns what a lock has of a root file system. */
export function lockedContent(
	{ files, directories }: LockedRootfs,
	{ location }: RootfsInput,
	key: string,
): RootfsContent | undefined {
	if (location.kind === "dir") {
		const directory = directories.get(key);
		return directory && { kind: "directory", ...directory };
	}
	const file = files.get(key);
	return file && { kind: "file", ...file };
}

/**
 * Locks root file systems by their content; what is locked stays.
 * @param isUpdated whether what is locked under a key is looked at again.
 */
export async function lockRootfs(
	run: Run,
	needs: ReadonlyMap<string, RootfsInput>,
	before: LockedRootfs,
	isUpdated: (key: string, text: string) => boolean,
): Promise<{ readonly locked: LockedRootfs; readonly changes: RootfsChange[] }> {
	const [files, directories] = [new Map(before.files), new Map(before.directories)];
	const changes: RootfsChange[] = [];
	for (const [key, input] of needs) {
		const old = lockedContent(before, input, key);
		if (old !== undefined && !isUpdated(key, input.text)) continue;
		const content = await identify(run, input, old);
		if (content.kind === "file") files.set(key, { sha256: content.sha256, size: content.size });
		else directories.set(key, { sha256: content.sha256, owner: content.owner });
		const size = content.kind === "file" ? content.size : undefined;
		if (old?.sha256 !== content.sha256)
			changes.push({ key, before: old?.sha256, after: content.sha256, size });
	}
	return { locked: { files, directories }, changes };
}

/** Returns what lies in the place of a root file system now, with the owner that the lock has or that was asked for. */
export async function identify(
	run: Run,
	input: RootfsInput,
	old: RootfsContent | undefined,
): Promise<RootfsContent> {
	const owner = run.settings.owner ?? (old?.kind === "directory" ? old.owner : undefined);
	if (input.location.kind === "dir" && owner === undefined) checkOwners(run, input);
	return identifyRootfs(run, input, owner);
}

/** @throws LockError ERR_LOCK_PLACE where files belong to whoever has checked them out. */
function checkOwners({ settings }: Run, { text }: RootfsInput): void {
	const { env, userId } = settings.registry;
	if (userId === undefined || userId === 0 || isPretending(env)) return;
	const reason = `its files belong to users of this machine (you are user ${userId})`;
	const remedy = "expected --owner root, which gives them to root, or a fakeroot session";
	throw new LockError("ERR_LOCK_PLACE", `${text}: lock: ${reason}, ${remedy}`);
}
