import { type BuildSettings, type Ports, Run } from "../container/index.js";

/** Calls `use` with a run of these settings, and the ports that they ask for. */
export function withRun<T>(settings: BuildSettings, use: (run: Run) => Promise<T>): Promise<T> {
	return Run.use(settings, openPorts(settings), use);
}

/** The wings above the maker: a lock, catalogers and a shared cache are handed in here. */
function openPorts(_settings: BuildSettings): Ports {
	return {};
}
