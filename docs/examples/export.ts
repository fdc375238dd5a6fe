// Packages of an image, one for each of two platforms.
import { exportImage } from "pvpkg";

const [image = "nginx:1.27"] = process.argv.slice(2);
const packages = await exportImage({ image, platforms: ["linux/amd64", "linux/arm64"], sign: false });
for (const { path, sha256 } of packages) console.log(path, sha256);
