import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { encodeInitramfs } from "./initramfs.js";
import { have, run, runBeside } from "./programs.js";

// A kernel of a distribution in QEMU mounts images: another one than this machine's, and without root.

/** In the order in which they can be loaded. What a kernel has built in has no file. */
const MODULES = [
	"drivers/virtio/virtio_ring",
	"drivers/virtio/virtio",
	"drivers/virtio/virtio_pci_modern_dev",
	"drivers/virtio/virtio_pci_legacy_dev",
	"drivers/virtio/virtio_pci",
	"drivers/block/virtio_blk",
	"fs/squashfs/squashfs",
];
/** Room for the listings: a sparse file. */
const OUTPUT_BYTES = 1 << 30;
/** Disks besides the first: the guest knows /dev/vdb to /dev/vdy. */
const MOST_IMAGES = 24;

interface GuestKernel {
	readonly image: string;
	/** `.../lib/modules/VERSION/kernel` */
	readonly modules: string;
}

/** The kernel below `PVPKG_GUEST_KERNEL`, an unpacked package of a distribution, or below `/`. */
function findKernel(): GuestKernel | undefined {
	const root = process.env.PVPKG_GUEST_KERNEL ?? "/";
	const boot = join(root, "boot");
	const images = existsSync(boot) ? readdirSync(boot).filter((name) => /^vmlinuz-\d/.test(name)) : [];
	const found = images.sort().map((name) => ({
		image: join(boot, name),
		modules: join(root, "lib/modules", name.replace("vmlinuz-", ""), "kernel"),
	}));
	return found.findLast(({ modules }) => existsSync(modules));
}

/** Whether this machine can run a guest: QEMU, and a kernel for it. */
export function canRunGuest(): boolean {
	return process.arch === "x64" && have("qemu-system-x86_64") && findKernel() !== undefined;
}

/**
 * Starts a guest that mounts images with its kernel.
 * @returns for each image the lines of list-tree.c; or one line, `refused: REASON`.
 * @throws Error with what the guest printed, where it did not come to its end.
 */
export async function guestListings(images: readonly string[]): Promise<string[][]> {
	if (images.length > MOST_IMAGES) throw new RangeError(`expected at most ${MOST_IMAGES} images`);
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-guest-"));
	const at = (name: string): string => join(directory, name);
	try {
		const kernel = findKernel()!;
		writeFileSync(at("initramfs"), makeInitramfs(kernel, at("init")));
		writeFileSync(at("output"), "");
		truncateSync(at("output"), OUTPUT_BYTES);
		const machine = ["-M", "pc", "-accel", "tcg", "-cpu", "max", "-m", "512", "-no-reboot"];
		const quiet = ["-nodefaults", "-no-user-config", "-display", "none", "-serial", `file:${at("console")}`];
		const start = ["-kernel", kernel.image, "-initrd", at("initramfs"), "-append", "console=ttyS0 panic=-1"];
		const disks = [
			...disk("output", at("output"), "cache=unsafe"),
			...images.flatMap((path, number) => disk(`image${number}`, path, "readonly=on")),
		];
		await runBeside("timeout", "300", "qemu-system-x86_64", ...machine, ...quiet, ...start, ...disks);
		return parseOutput(readFileSync(at("output")), () => readFileSync(at("console"), "utf8"));
	} finally {
		rmSync(directory, { recursive: true });
	}
}

function makeInitramfs({ modules }: GuestKernel, init: string): Buffer {
	const source = (name: string): string => resolve("test/support/kernel", name);
	const flags = ["-std=gnu11", "-O2", "-static", "-DLIST_TREE_WITHOUT_MAIN"];
	run("gcc", ...flags, "-o", init, source("guest-init.c"), source("list-tree.c"));
	const files = MODULES.flatMap((name, number) => {
		const found = [".ko", ".ko.xz"].map((end) => join(modules, name + end)).find((path) => existsSync(path));
		if (found === undefined) return [];
		const plain = init.replace(/init$/, "module.ko");
		run("sh", "-c", found.endsWith(".xz") ? `xz -dc '${found}' > '${plain}'` : `cp '${found}' '${plain}'`);
		return [{ path: `modules/${10 + number}.ko`, bytes: readFileSync(plain), mode: 0o644 }];
	});
	return encodeInitramfs(["modules"], [{ path: "init", bytes: readFileSync(init), mode: 0o755 }, ...files]);
}

function disk(id: string, path: string, option: string): string[] {
	const drive = `if=none,id=${id},format=raw,file.locking=off,${option},file=${path}`;
	return ["-drive", drive, "-device", `virtio-blk-pci,drive=${id}`];
}

function parseOutput(output: Buffer, console: () => string): string[][] {
	const text = output.toString("utf8", 0, Math.max(output.indexOf(0), 0));
	if (!text.endsWith("DONE\n")) throw new Error(`the guest did not come to its end:\n${console()}`);
	return text
		.slice(0, -"DONE\n".length)
		.split(/^IMAGE \d+ /m)
		.slice(1)
		.map((part) => {
			const [status, ...lines] = part.trimEnd().split("\n");
			if (status!.startsWith("refused")) return [status!];
			if (status !== "0") throw new Error(`list-tree: exit ${status}\n${lines.join("\n")}`);
			return lines;
		});
}
