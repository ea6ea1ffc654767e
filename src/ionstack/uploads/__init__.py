"""Images that users send by FTPS, as the vendor takes them."""
