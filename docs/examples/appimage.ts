// An application in one file, as AppImages are: a program, and behind it a squashfs with all that it needs, here
// from memory. The program finds the squashfs at its own end.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { bufferContent, type Directory, type RegularFile, utf8ByteString } from "pvpkg/rootfs";
import { DEFAULT_IMAGE_OPTIONS, writeImage } from "pvpkg/squashfs";

const [runtime = "runtime", output = "demo.AppImage"] = process.argv.slice(2);
const attributes = (mode: number) => ({ mode, uid: 0, gid: 0, mtime: 0, xattrs: new Map() });
const file = (text: string, mode = 0o644): RegularFile => ({
	kind: "file",
	attributes: attributes(mode),
	content: bufferContent(Buffer.from(text)),
});
const root: Directory = {
	kind: "directory",
	attributes: attributes(0o755),
	entries: new Map([
		[utf8ByteString("AppRun"), file("#!/bin/sh\necho runs\n", 0o755)],
		[utf8ByteString("demo.desktop"), file("[Desktop Entry]\nName=demo\nExec=AppRun\nType=Application\n")],
	]),
};

const program = readFileSync(runtime);
const descriptor = openSync(output, "w", 0o755);
writeSync(descriptor, program);
const behind = {
	write: (bytes: Uint8Array, at: number) =>
		void writeSync(descriptor, bytes, 0, bytes.length, program.length + at),
};
const { size } = await writeImage({ root }, behind, {
	...DEFAULT_IMAGE_OPTIONS,
	compressor: { name: "gzip", level: 9, windowLog: 15 },
});
closeSync(descriptor);
console.log(`${output}: ${program.length} bytes of program, ${size} bytes of squashfs`);
