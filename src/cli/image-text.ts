import { type NamingOptions, nameImage } from "../internal.js";
import type { Session } from "./session.js";

/** A bare name that more likely is a file, mistyped, than an image. */
const ARCHIVE_NAME = /^[^:]+\.(tar|tgz|zip|gz|zst|squashfs)$/;

/** Returns IMAGE of the command line with its prefix: a bare path gets the prefix of its content. */
export function imageText(
	{ terminal, temporaryDirectory, signal }: Session,
	text: string,
	options?: NamingOptions,
): Promise<string> {
	const named = nameImage(text, { temporaryDirectory, signal }, options);
	return named.then((image) => {
		if (image !== text) terminal.info(`${text}: is taken as ${image}`);
		else if (ARCHIVE_NAME.test(text))
			terminal.info(`${text}: no file has this name: it is taken as an image of a registry`);
		return image;
	});
}
