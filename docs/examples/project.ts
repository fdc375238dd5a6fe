// A project, from nothing to packages: record an image, lock what its name means, build.
import { readFileSync } from "node:fs";
import { buildProject, installImage, lockProject, openResources } from "pvpkg";

const [image = "nginx:1.27", key = "key.pem"] = process.argv.slice(2);
const directory = "firmware";
const resources = openResources();
try {
	const platforms = ["linux/arm/v7", "linux/arm64"];
	await installImage({ directory, image, name: "web", platforms, group: "app", resources });
	await lockProject({ directory, resources });
	const lock = { path: `${directory}/pvpkg.lock.json`, strict: true };
	const built = await buildProject({ directory, sign: { key: readFileSync(key) }, lock, resources });
	for (const { label, path, identity } of built) console.log(label, path, identity);
} finally {
	await resources.dispose();
}
