type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the variables with pvr's own laid over the usual ones: PVR_HTTP_PROXY is the proxy for all
 * addresses, whatever else is set.
 */
export function withPvrProxy(variables: Variables): Variables {
	const proxy = variables.PVR_HTTP_PROXY;
	if (proxy === undefined || proxy === "") return variables;
	return { ...variables, HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
}

/** Whether one of pvr's switches is on: `1`, `t`, `true`, in any case, as pvr reads them. */
export function isSwitchedOn(variables: Variables, name: "PVR_INSECURE" | "PVR_DEBUG"): boolean {
	return /^(1|t|true)$/i.test(variables[name] ?? "");
}
