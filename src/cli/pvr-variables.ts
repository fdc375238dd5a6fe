type Variables = Readonly<Record<string, string | undefined>>;

/** Returns the variables with those of pvr applied: PVR_HTTP_PROXY overrides all other proxies. */
export function withPvrProxy(variables: Variables): Variables {
	const proxy = variables.PVR_HTTP_PROXY;
	if (proxy === undefined || proxy === "") return variables;
	return { ...variables, HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
}

/** Whether one of pvr's switches is on: `1`, `t`, `true`, in any case, as pvr reads them. */
export function isSwitchedOn(variables: Variables, name: "PVR_INSECURE" | "PVR_DEBUG"): boolean {
	return /^(1|t|true)$/i.test(variables[name] ?? "");
}
