// Several images with one cache, one set of workers and one login; with progress, and an end after ten minutes.
import { readFileSync } from "node:fs";
import { exportImage, openResources } from "pvpkg";

const [image = "nginx:1.27", key = "key.pem"] = process.argv.slice(2);
const resources = openResources({ jobs: 2, registry: { env: process.env, timeout: 20_000 } });
try {
	for (const group of ["app", "platform"]) {
		const packages = await exportImage({
			...{ image, name: `web-${group}`, group, platforms: ["linux/arm64"], volumes: ["/data:permanent"] },
			output: "out",
			sign: { key: readFileSync(key) },
			resources,
			signal: AbortSignal.timeout(600_000),
			onProgress: ({ platform, phase, done, total }) => {
				if (done === total) console.error(`${platform}: ${phase} is done`);
			},
		});
		console.log(packages.map(({ path, size }) => `${path} ${size}`).join("\n"));
	}
} finally {
	await resources.dispose(); // Where there is `await using`, it does this.
}
