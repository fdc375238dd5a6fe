// A package without a file: its bytes go to standard output as they are made.
import { once } from "node:events";
import { streamImage } from "pvpkg";

const [image = "nginx:1.27"] = process.argv.slice(2);
const write = async (bytes: Uint8Array): Promise<void> => {
	if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
};
const { sha256 } = await streamImage(
	{ image, name: "web", platforms: ["linux/arm64"], sign: false },
	{ write },
);
console.error(sha256);
