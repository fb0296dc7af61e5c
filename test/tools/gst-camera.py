#!/usr/bin/python3
"""An RTSP camera for tests, served by GStreamer's gst-rtsp-server: not our code, as real cameras are not.

Prints {"port": N} on a line of its own when it listens (loopback only), and serves until it is killed.
One process a camera: a camera that is killed takes no other along.
"""
import argparse
import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency sliced-threads=false speed-preset=ultrafast key-int-max={gop} bitrate={kbit} ! rtph264pay name=pay0 pt=96 config-interval=-1",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max={gop} bitrate={kbit} ! rtph265pay name=pay0 pt=96 config-interval=-1",
    "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
    "raw": "video/x-raw,format=UYVY ! rtpvrawpay name=pay0 pt=96",
}


def video(options):
    size = f"width={options.width},height={options.height}"
    encoder = ENCODERS[options.codec].format(gop=options.gop, kbit=options.kbit)
    if options.file:
        source = f"filesrc location={json.dumps(options.file)} ! decodebin ! videoconvert ! videoscale ! videorate"
    else:
        source = f"videotestsrc is-live=true pattern={options.pattern}"
    return f"( {source} ! video/x-raw,format=I420,{size},framerate={options.fps}/1 ! {encoder} )"


def audio():
    return "( audiotestsrc is-live=true wave=silence ! audioconvert ! alawenc ! rtppcmapay name=pay0 pt=8 )"


def protect(server, user, password):
    """Basic authentication: without it the server answers 401, as to a wrong password."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def permit(factory):
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="0")
    parser.add_argument("--path", default="/cam")
    parser.add_argument("--codec", choices=ENCODERS, default="h264")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--gop", type=int, default=25, help="frames from one key frame to the next")
    parser.add_argument("--kbit", type=int, default=800)
    parser.add_argument("--pattern", default="smpte")
    parser.add_argument("--file", help="a video file instead of the test pattern")
    parser.add_argument("--audio-only", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(audio() if options.audio_only else video(options))
    # Each client has a pipeline of its own. One shared by all falls over an assertion of gst-rtsp-server (rtsp-media.c,
    # gst_rtsp_media_get_rates) where one client leaves as another one comes.
    factory.set_shared(False)
    if options.user:
        protect(server, options.user, options.password or "")
        permit(factory)
    server.get_mount_points().add_factory(options.path, factory)
    if server.attach(None) == 0:
        sys.exit(f"port {options.port} cannot be had")
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
