// What went wrong: by the literal code where it is known, else by the kind.
import { type ErrorCode, exportImage, PvpkgError } from "pvpkg";

const [image = "nginx:1.27"] = process.argv.slice(2);
try {
	await exportImage({ image, platforms: ["linux/s390x"], sign: false });
} catch (error) {
	if (!(error instanceof PvpkgError)) throw error;
	const code = error.code as ErrorCode;
	if (code === "ERR_PLATFORM_MISSING") console.log("there is no such image:", error.message);
	else if (error.kind === "transport") console.log("try again later:", error.message);
	else throw error;
}
