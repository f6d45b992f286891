/** An image of nothing but a shell: it holds a pod's network open, and makes and removes folders for volumes. */
export const toolImage = 'localhost/busybox:1';
