/** Of the socket a monitor listens on, in its run's directory. */
export const socketName = 'monitor.sock';
