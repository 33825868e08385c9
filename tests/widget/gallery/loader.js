/* As much of an AMD loader as the gallery needs: one promise a module, paths relative to the module that asks. */
(() => {
  const loaded = new Map();
  let defined = null;

  window.define = (dependencies, factory) => {
    defined = { dependencies, factory };
  };

  window.load = (address) => {
    const url = new URL(address, location.href).href;
    if (!loaded.has(url)) { loaded.set(url, fetchModule(url)); }
    return loaded.get(url);
  };

  async function fetchModule(url) {
    const { dependencies, factory } = await new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = url;
      script.onload = () => resolve(defined);
      script.onerror = () => reject(new Error(`cannot load ${url}`));
      script.async = false;
      document.head.append(script);
    });
    const found = await Promise.all(dependencies.map((name) => window.load(new URL(name, url).href)));
    return factory(...found);
  }
})();
