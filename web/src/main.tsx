// main.tsx: the beginning.
import "../styles/base.css";
import "../styles/layout.css";
import "../styles/message.css";
import "../styles/parts.css";
import { render } from "preact";
import { App } from "./app";
import { applyTheme, start } from "./client";

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): {
    createScriptURL(url: string): string;
  };
}

// The page may run no script but its own; this is the one address that it makes into one.
function registerWorker(): void {
  if (!("serviceWorker" in navigator)) return;
  const policies = (window as { trustedTypes?: Policies }).trustedTypes;
  const rules = {
    createScriptURL: (url: string) => {
      if (url !== "/sw.js") throw new TypeError(url);
      return url;
    },
  };
  const url = policies ? policies.createPolicy("parlance", rules).createScriptURL("/sw.js") : "/sw.js";
  navigator.serviceWorker.register(url).catch(() => {});
}

applyTheme();
render(<App />, document.getElementById("app")!);
start();
if (document.readyState === "complete") registerWorker();
else addEventListener("load", registerWorker);
