/** A tab of the browser, as a test uses it. */
import type { Chromium, Message } from "./chromium.ts";

export interface TabOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  /** Whether scripts run. Default: true. */
  readonly script?: boolean;
  /** Runs before the page's own script. */
  readonly before?: string;
}

/** A request that the page has made. */
export interface Seen {
  readonly url: string;
  readonly method: string;
}

export class Tab implements AsyncDisposable {
  readonly #browser: Chromium;
  readonly #target: string;
  readonly #session: string;
  readonly #stop: () => void;
  /** Everything that was to be seen in the console, and violations of the CSP. */
  readonly console: string[] = [];
  readonly requests: Seen[] = [];
  /** Of answers, as they are decoded. */
  bytes = 0;
  /** Dialogs that the page has opened; each is closed at once. */
  readonly dialogs: string[] = [];

  private constructor(
    browser: Chromium,
    ids: { readonly target: string; readonly session: string },
  ) {
    this.#browser = browser;
    this.#target = ids.target;
    this.#session = ids.session;
    this.#stop = browser.listen((message) => {
      if (message.sessionId === ids.session) this.#heard(message);
    });
  }

  static async open(
    browser: Chromium,
    options: TabOptions = {},
  ): Promise<Tab> {
    const { width = 1280, height = 900, scheme = "light" } = options;
    const { targetId } = await browser.call("Target.createTarget", {
      url: "about:blank",
    });
    const { sessionId } = await browser.call("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    const tab = new Tab(browser, { target: targetId, session: sessionId });
    for (const domain of ["Page", "Runtime", "Network", "Log", "Audits"]) {
      await tab.call(`${domain}.enable`);
    }
    await tab.resize(width, height);
    await tab.scheme(scheme);
    if (options.script === false) {
      await tab.call("Emulation.setScriptExecutionDisabled", { value: true });
    }
    if (options.before !== undefined) {
      await tab.call("Page.addScriptToEvaluateOnNewDocument", {
        source: options.before,
      });
    }
    return tab;
  }

  // deno-lint-ignore no-explicit-any
  call(method: string, params: Record<string, unknown> = {}): Promise<any> {
    return this.#browser.call(method, params, this.#session);
  }

  async resize(width: number, height = 900): Promise<void> {
    await this.call("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  async scheme(scheme: "light" | "dark"): Promise<void> {
    await this.call("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  /** Resolves when the page has loaded. */
  async go(url: string): Promise<void> {
    const loaded = this.#once("Page.loadEventFired");
    await this.call("Page.navigate", { url });
    await loaded;
  }

  #once(method: string): Promise<Message> {
    const { promise, resolve } = Promise.withResolvers<Message>();
    const stop = this.#browser.listen((message) => {
      if (message.sessionId !== this.#session) return;
      if (message.method !== method) return;
      stop();
      resolve(message);
    });
    return promise;
  }

  /** The value of an expression; promises are waited for. */
  // deno-lint-ignore no-explicit-any
  async value(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      const { exception, text } = exceptionDetails;
      throw new Error(`${expression}: ${exception?.description ?? text}`);
    }
    return result.value;
  }

  /** Waits until an expression is true; fails with what it was at last. */
  async until(expression: string, ms = 5000): Promise<void> {
    const end = performance.now() + ms;
    while (true) {
      const value = await this.value(expression);
      if (value) return;
      if (performance.now() > end) {
        const text = await this.value("document.body.innerText");
        throw new Error(`not within ${ms} ms: ${expression}\n${text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** The text of the first element, as it is shown. */
  text(selector: string): Promise<string> {
    return this.value(
      `document.querySelector(${JSON.stringify(selector)})?.innerText`,
    );
  }

  /** Clicks in the middle of an element, as a mouse does. */
  async click(selector: string, { times = 1 } = {}): Promise<void> {
    const place = await this.value(`(() => {
      const one = document.querySelector(${JSON.stringify(selector)});
      if (!one) throw new Error("no element");
      one.scrollIntoView({ block: "center" });
      const { x, y, width, height } = one.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    for (let count = 1; count <= times; count++) {
      for (const type of ["mousePressed", "mouseReleased"]) {
        await this.call("Input.dispatchMouseEvent", {
          type,
          ...place,
          button: "left",
          clickCount: count,
        });
      }
    }
  }

  /** Presses a key such as "Enter", "Tab" or "p". */
  async press(key: string): Promise<void> {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    const code = CODES[key];
    const event = {
      key,
      ...code && { windowsVirtualKeyCode: code, code: key },
      ...text && { text },
    };
    await this.call("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async type(text: string): Promise<void> {
    await this.call("Input.insertText", { text });
  }

  /** As in the foreground or in the background. */
  async screenshot(path: string, { whole = true } = {}): Promise<void> {
    const { data } = await this.call("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: whole,
    });
    await Deno.writeFile(
      path,
      Uint8Array.from(atob(data), (char) => char.charCodeAt(0)),
    );
  }

  #heard({ method, params }: Message): void {
    switch (method) {
      case "Runtime.consoleAPICalled":
        this.console.push(JSON.stringify(params.args));
        return;
      case "Runtime.exceptionThrown":
        this.console.push(JSON.stringify(params.exceptionDetails));
        return;
      case "Log.entryAdded":
        this.console.push(`${params.entry.text} ${params.entry.url ?? ""}`);
        return;
      case "Audits.issueAdded":
        this.console.push(JSON.stringify(params.issue));
        return;
      case "Network.requestWillBeSent":
        this.requests.push({
          url: params.request.url,
          method: params.request.method,
        });
        return;
      case "Network.dataReceived":
        this.bytes += params.dataLength;
        return;
      case "Page.javascriptDialogOpening":
        this.dialogs.push(params.message);
        void this.call("Page.handleJavaScriptDialog", { accept: false });
        return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#browser.call("Target.closeTarget", { targetId: this.#target });
  }
}

const CODES: Readonly<Record<string, number>> = {
  Enter: 13,
  Tab: 9,
  Escape: 27,
  ArrowDown: 40,
};
