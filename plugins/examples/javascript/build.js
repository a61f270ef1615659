// plugin.js -> ladders-js.wasm. Without these switches the runtime imports clocks, random numbers and streams,
// and a plugin that imports anything is refused. `componentize-js` needs `preview2-shim` without saying so.
import { componentize } from "@bytecodealliance/componentize-js";
import { writeFile } from "node:fs/promises";

const { component } = await componentize({
    sourcePath: "plugin.js",
    witPath: "../../sdk/wit/v1",
    worldName: "plugin",
    disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
});
await writeFile("ladders-js.wasm", component);
