/** An image of nothing but a shell: it holds a pod's network open. */
export const toolImage = 'localhost/busybox:1';
