#!/bin/sh
# Let ffmpeg show somebody on the first loopback camera: a folder of pictures of 640x480, "room" for an empty room, "none"
# for nobody feeding it.
set -eu
device=/dev/video20

await() { # 0 or 1: whether the camera has a format, which its writer gives it and which stays as long as somebody has it open
    for _ in $(seq 300); do
        v4l2-ctl -d $device --list-formats | grep -q '\[0\]' && there=1 || there=0
        [ $there != "$1" ] || return 0
        sleep 0.1
    done
    echo "$device: format there: $there; users: $(fuser -v $device 2>&1)"
    exit 1
}

systemctl stop face.service 2>/dev/null || true
systemctl reset-failed face.service 2>/dev/null || true
await 0
case $1 in
none) exit 0 ;;
# A wall, a bright window, a bookcase and the floor, with the noise of a webcam in the evening.
room)
    window=drawbox=x=380:y=60:w=180:h=200:color=0xd8e4ee:t=fill
    bookcase=drawbox=x=40:y=160:w=190:h=260:color=0x4a3020:t=fill,drawbox=x=55:y=180:w=160:h=60:color=0x7a2020:t=fill
    floor=drawbox=x=0:y=420:w=640:h=60:color=0x35302a:t=fill
    set -- -f lavfi -i "color=c=0x8a8378:s=640x480:r=10,$window,$bookcase,$floor,noise=alls=12:allf=t"
    ;;
*)
    # Decoded once, since that takes an emulated machine longer than all the rest.
    frames=/run/pictures/$1.yuyv
    [ -e $frames ] || ffmpeg -loglevel error -nostdin -pattern_type glob -i "/run/pictures/$1/*.jpg" -pix_fmt yuyv422 -f rawvideo $frames
    set -- -stream_loop -1 -f rawvideo -pixel_format yuyv422 -video_size 640x480 -framerate 10 -i $frames
    ;;
esac
systemd-run --quiet --unit face.service ffmpeg -loglevel error -nostdin -re "$@" -pix_fmt yuyv422 -f v4l2 $device
await 1
