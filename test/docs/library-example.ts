// The example of the README, which the compiler checks here.
import { tmpdir } from "node:os";
import { type BuildSettings, exportImage } from "../../src/index.js";

const settings: BuildSettings = {
	temporaryDirectory: tmpdir(),
	registry: { env: process.env },
	platformPolicy: "compatible",
	tier: "balanced",
	order: "similar",
	time: 0,
	stripQemu: true,
};
const path = (label: string): string => `web.${label}.tgz`;
const packages = await exportImage({ image: "nginx:1.27", name: "web", path }, settings);
console.log(packages.map(({ label, package: { sha256 } }) => `${label} ${sha256}`));
