import { type NamingOptions, nameImage } from "../internal.js";
import type { Session } from "./session.js";

/** Returns IMAGE of the command line with its prefix: a bare path gets the prefix of its content. */
export function imageText(
	{ terminal, temporaryDirectory, signal }: Session,
	text: string,
	options?: NamingOptions,
): Promise<string> {
	const named = nameImage(text, { temporaryDirectory, signal }, options);
	return named.then((image) => {
		if (image !== text) terminal.info(`${text}: is taken as ${image}`);
		return image;
	});
}
