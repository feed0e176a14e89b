"""What drives the aurora: Kp, Ap, the solar wind, substorm onsets."""
