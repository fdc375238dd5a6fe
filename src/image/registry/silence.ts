import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";

/**
 * Calls `listen` each time when nothing has come for the request's time. After a pause of the process (a
 * suspended machine, a long computation), timers fire before received data is read, so this reads it first.
 * The request's own event comes only once, even where its reader let the sender wait.
 */
export function onSilence(request: ClientRequest, listen: () => void): void {
	request.once("socket", (socket: Socket) => {
		const look = (): void => {
			const received = socket.bytesRead;
			setImmediate(() => {
				if (!request.closed && socket.bytesRead === received) listen();
			});
		};
		socket.on("timeout", look);
		request.once("close", () => socket.off("timeout", look));
	});
}
