import { execFileSync, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { PROGRAM } from "./program.js";
import { isRoot } from "./programs.js";

// A tree as a Yocto or Debian build makes it: owners and devices that only the session's programs see.

export const TREE: string = `
	set -e
	mkdir -p tree/dev tree/etc tree/bin
	echo app > tree/bin/app; chmod 4755 tree/bin/app
	echo key > tree/etc/shadow; chmod 0640 tree/etc/shadow
	ln tree/bin/app tree/bin/again; ln -s app tree/bin/link
	mknod tree/dev/null c 1 3; mknod tree/dev/sda b 8 0; mkfifo tree/etc/fifo
	chown 0:42 tree/etc/shadow; chown -h 7:8 tree/bin/link; chown 1000:1000 tree/bin/app; chown 0:0 tree tree/bin tree/dev tree/etc
	chmod 1777 tree/etc`;

/** Makes two images of the tree in the session: ours, and mksquashfs's. */
export const BOTH_IMAGES: string = `
	mksquashfs tree theirs.squashfs -comp gzip -noappend -quiet -no-progress
	"${process.execPath}" "${PROGRAM}" mksquashfs dir:tree ours.squashfs -comp gzip --no-cache`;

/** Nobody's rights, where this is root: else the session would have nothing to pretend. */
const PLAIN = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

/** Runs words as a plain user in a directory. @throws Error with what was said when they fail. */
export function runAsPlainUser(
	words: readonly string[],
	directory: string,
	more: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
	execFileSync("chmod", ["0777", directory]);
	const [program, ...args] = [...PLAIN, ...words];
	const env = { PATH: process.env.PATH, HOME: directory, TMPDIR: directory, ...more };
	const result = spawnSync(program!, args, { cwd: directory, env, encoding: "utf8" });
	if (result.status !== 0)
		throw new Error(`${words[0]}: exit ${result.status}\n${result.stdout}${result.stderr}`);
	return result;
}

/** Lists an image as unsquashfs does, without times: mode, numeric owner, size or device, path. */
export function listImage(path: string): string[] {
	const text = execFileSync("unsquashfs", ["-lln", "-d", "", path], { encoding: "utf8" });
	return text
		.split("\n")
		.map((line) => line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d /, " "))
		.sort();
}
