"""Names a script may take from outside itself: the language, the browser, and what Kommo documents."""

from __future__ import annotations

LANGUAGE = """
Array ArrayBuffer BigInt Boolean DataView Date Error Float64Array Infinity Int32Array Intl JSON Map Math NaN Number
Object Promise Proxy RangeError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint8Array WeakMap
WeakRef WeakSet arguments decodeURIComponent encodeURIComponent isFinite isNaN parseFloat parseInt undefined
"""
BROWSER = """
AbortController AbortSignal Blob CSS CustomEvent DOMException Document DocumentFragment Element Event EventTarget
File FileReader FormData HTMLElement Headers Highlight IntersectionObserver MutationObserver Node NodeFilter Range
ReadableStream Request ResizeObserver Response TextDecoder TextEncoder URL URLSearchParams cancelAnimationFrame
clearInterval clearTimeout crypto document fetch getComputedStyle getSelection globalThis location matchMedia navigator
performance queueMicrotask requestAnimationFrame requestIdleCallback scrollTo setInterval setTimeout structuredClone
window
"""
KOMMO = "APP AMOCRM define require"
KNOWN = frozenset(f"{LANGUAGE} {BROWSER} {KOMMO}".split())

#: The window by its names.
WINDOW = frozenset({"window", "globalThis", "self", "top", "parent", "frames"})
#: The parts of APP that Kommo documents, as paths.
APP_NAMES = frozenset({"APP", "AMOCRM"})
APP_PARTS = (
    ("getBaseEntity",),
    ("isCard",),
    ("getWidgetsArea",),
    ("lang_id",),
    ("constant",),
    ("data", "current_card"),
    ("data", "current_list"),
    ("data", "current_view"),
    ("notifications", "show_message"),
)
STORAGE = frozenset({"localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore", "openDatabase"})
DIALOGS = frozenset({"alert", "confirm", "prompt"})
