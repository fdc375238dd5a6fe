import type { WebRequest } from "../../image/registry/index.js";

type Method = WebRequest["method"];

/** One request of a device's HTTP interface; the path lies below the origin. */
interface RequestForm {
	readonly method: Method;
	readonly path: string;
}

export type RequestName =
	| "begin"
	| "add"
	| "show"
	| "commit"
	| "abort"
	| "run"
	| "status"
	| "logs"
	| "containers";

/**
 * The requests of pvr-sdk's web server (docs/formats/delivery.md#the-pvtx-interface), in one place so that they are easy to
 * correct. The documentation does not show `abort` and `containers`; `abort` is that of the pvtx program.
 */
export const REQUESTS: Readonly<Record<RequestName, RequestForm>> = {
	begin: { method: "POST", path: "/cgi-bin/pvtx/begin" },
	add: { method: "PUT", path: "/cgi-bin/pvtx/add" },
	show: { method: "GET", path: "/cgi-bin/pvtx/show" },
	commit: { method: "POST", path: "/cgi-bin/pvtx/commit" },
	abort: { method: "POST", path: "/cgi-bin/pvtx/abort" },
	run: { method: "POST", path: "/cgi-bin/pvtx/run" },
	status: { method: "GET", path: "/cgi-bin/pvtx/status" },
	logs: { method: "GET", path: "/cgi-bin/logs" },
	containers: { method: "GET", path: "/cgi-bin/pv-ctrl/containers" },
};

/** The address of a request at a device. */
export function requestUrl(
	home: URL,
	name: RequestName,
	query: Readonly<Record<string, string | undefined>> = {},
): URL {
	const url = new URL(REQUESTS[name].path, home);
	for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
	return url;
}
