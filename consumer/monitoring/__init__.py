"""What the process shows of itself while it runs: health, metrics, and the HTTP that serves both."""
