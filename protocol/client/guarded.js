// The app's own callbacks: an error in one of them surfaces as what it is, uncaught, and breaks nothing here.
export function guarded(callback) {
  return (...values) => {
    try {
      callback(...values);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
