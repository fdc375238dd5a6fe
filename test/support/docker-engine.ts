import type { RequestListener } from "node:http";

/** The part of the Engine API that counts here, as dockerd 20 to 28 and podman answer it. */
export function dockerEngine(
	/** The one image it holds, and what `docker save` makes of it. */
	held: { readonly name: string; readonly id: string; readonly archive: Uint8Array },
	/** Told of each request: `GET /_ping`. */
	onRequest: (request: string) => void = () => {},
): RequestListener {
	return (request, response) => {
		const url = new URL(request.url!, "http://engine");
		onRequest(`${request.method} ${request.url}`);
		response.setHeader("Api-Version", "1.47");
		const [, inspected] = /^\/images\/(.+)\/json$/.exec(decodeURIComponent(url.pathname)) ?? [];
		if (url.pathname === "/_ping") response.end("OK");
		else if (inspected === held.name) response.end(JSON.stringify({ Id: held.id }));
		else if (url.pathname === "/images/get" && url.searchParams.get("names") === held.name) {
			response.setHeader("Content-Type", "application/x-tar");
			for (let at = 0; at < held.archive.length; at += 10_000)
				response.write(held.archive.subarray(at, at + 10_000));
			response.end();
		} else {
			response.statusCode = 404;
			response.end('{"message":"No such image: \\u001b[31mnone:1"}\n');
		}
	};
}
