<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>CameraPage</name>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Choose the camera that looks at you when you log in or unlock.</source>
        <translation>选择登录或解锁时用来看您的摄像头。</translation>
    </message>
    <message>
        <source>&amp;Use for logins</source>
        <translation>用于登录(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Search again</source>
        <translation>重新查找(&amp;S)</translation>
    </message>
    <message>
        <source>Logins cannot use their camera now.</source>
        <translation>登录所用的摄像头目前无法使用。</translation>
    </message>
    <message>
        <source>Connect it, or open its shutter; or choose another one below.</source>
        <translation>请连接它或打开它的遮挡盖，或者在下面选择另一个。</translation>
    </message>
    <message>
        <source>Infrared camera</source>
        <translation>红外摄像头</translation>
    </message>
    <message>
        <source>Infrared camera, can be unplugged</source>
        <translation>红外摄像头，可拔下</translation>
    </message>
    <message>
        <source>Infrared camera, built in: sees in the dark</source>
        <translation>红外摄像头，内置：在黑暗中也能看见</translation>
    </message>
    <message>
        <source>Colour camera, can be unplugged</source>
        <translation>彩色摄像头，可拔下</translation>
    </message>
    <message>
        <source>Colour camera, built in</source>
        <translation>彩色摄像头，内置</translation>
    </message>
    <message>
        <source>The camera in the settings</source>
        <translation>设置中的摄像头</translation>
    </message>
    <message>
        <source>It is not connected now.</source>
        <translation>它目前没有连接。</translation>
    </message>
    <message>
        <source>Logins use this camera.</source>
        <translation>登录使用此摄像头。</translation>
    </message>
    <message>
        <source>Not in use yet. Saving asks for an administrator&apos;s password.</source>
        <translation>尚未启用。保存时需要管理员密码。</translation>
    </message>
    <message>
        <source>The camera of your face</source>
        <translation>您录入人脸所用的摄像头</translation>
    </message>
    <message>
        <source>One that you enrolled with, else the first that is connected. Virtual cameras are left out.</source>
        <translation>录入时用过的摄像头，否则是第一个已连接的摄像头。不使用虚拟摄像头。</translation>
    </message>
    <message>
        <source>No camera is connected. Connect one, or open its shutter, then search again.</source>
        <translation>没有连接摄像头。请连接一个或打开它的遮挡盖，然后重新查找。</translation>
    </message>
    <message>
        <source>Logins use this camera from now on.</source>
        <translation>从现在起，登录使用此摄像头。</translation>
    </message>
    <message>
        <source>Colour camera</source>
        <translation>彩色摄像头</translation>
    </message>
    <message>
        <source>USB {ids}</source>
        <translation>USB {ids}</translation>
    </message>
    <message>
        <source>Looks together with its infrared camera: {name}</source>
        <translation>与它的红外摄像头一起观看：{name}</translation>
    </message>
    <message>
        <source>Trusted by the settings: every face may log in with it</source>
        <translation>设置信任此摄像头：所有人脸都可以用它登录</translation>
    </message>
    <message>
        <source>This is not a real camera: any program on this computer can put pictures into it. Use it for tests only.</source>
        <translation>这不是真实的摄像头：本机上的任何程序都可以向它送入图像。请仅用于测试。</translation>
    </message>
</context>
<context>
    <name>CommandLine</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the command {command}</source>
        <translation>复制命令 {command}</translation>
    </message>
</context>
<context>
    <name>CommandText</name>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
</context>
<context>
    <name>DayChart</name>
    <message>
        <source>Attempts of the last days</source>
        <translation>最近几天的尝试</translation>
    </message>
    <message>
        <source>There were no attempts in these days.</source>
        <translation>这几天没有任何尝试。</translation>
    </message>
    <message>
        <source>{date}: {matches} recognised, {mismatches} refused, {unjudged} not judged.</source>
        <translation>{date}：识别 {matches} 次，拒绝 {mismatches} 次，未判定 {unjudged} 次。</translation>
    </message>
    <message>
        <source>d MMM</source>
        <comment>a date below a bar, as Qt writes it</comment>
        <translation>M月d日</translation>
    </message>
</context>
<context>
    <name>DoneView</name>
    <message>
        <source>The next login wants your password once. Your face opens from then on.</source>
        <translation>下次登录需要输入一次密码，之后就可以用人脸登录。</translation>
    </message>
    <message>
        <source>&amp;Try it now</source>
        <translation>立即试用(&amp;T)</translation>
    </message>
    <message>
        <source>Enrol another &amp;look</source>
        <translation>录入另一种样貌(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Show my faces</source>
        <translation>查看我的人脸(&amp;S)</translation>
    </message>
    <message>
        <source>“{label}” is enrolled</source>
        <translation>“{label}”已录入</translation>
    </message>
    <message numerus="yes">
        <source>{quality}, from %n pictures</source>
        <translation>
            <numerusform>{quality}，来自 %n 张照片</numerusform>
        </translation>
    </message>
    <message>
        <source>Not seen: {poses}. You can add that at any time with “Improve”.</source>
        <translation>没有看到：{poses}。您可以随时通过“改进”补上。</translation>
    </message>
</context>
<context>
    <name>DropArea</name>
    <message>
        <source>These are {count} files. Drop one picture at a time.</source>
        <translation>这里有 {count} 个文件。请一次只拖入一张图片。</translation>
    </message>
    <message>
        <source>This is not a file on this computer. Save the picture first, then drop the file.</source>
        <translation>这不是本机上的文件。请先保存图片，再拖入文件。</translation>
    </message>
</context>
<context>
    <name>EnrolPage</name>
    <message>
        <source>Enrol</source>
        <translation>录入</translation>
    </message>
    <message>
        <source>Let this computer get to know you.</source>
        <translation>让这台电脑认识您。</translation>
    </message>
    <message>
        <source>Close without saving your pictures?</source>
        <translation>不保存照片就关闭吗？</translation>
    </message>
    <message>
        <source>Which pictures should be used?</source>
        <translation>要使用哪些照片？</translation>
    </message>
    <message>
        <source>The camera starts when your password has been accepted.</source>
        <translation>密码通过后摄像头就会启动。</translation>
    </message>
    <message>
        <source>Please type your password.</source>
        <translation>请输入您的密码。</translation>
    </message>
    <message numerus="yes">
        <source>At most %n pictures can be used.</source>
        <translation>
            <numerusform>最多可使用 %n 张图片。</numerusform>
        </translation>
    </message>
    <message>
        <source>The enrolment was cancelled, and nothing was stored.</source>
        <translation>录入已取消，没有保存任何内容。</translation>
    </message>
    <message>
        <source>Choose pictures of yourself</source>
        <translation>选择您自己的图片</translation>
    </message>
    <message>
        <source>Pictures ({patterns})</source>
        <translation>图片（{patterns}）</translation>
    </message>
    <message>
        <source>The enrolment was interrupted, because the face service is gone. Nothing was stored.</source>
        <translation>人脸服务已中断，录入因此停止。没有保存任何内容。</translation>
    </message>
    <message>
        <source>Start it again when the service is back.</source>
        <translation>服务恢复后请重新开始。</translation>
    </message>
    <message>
        <source>It is not clear who is meant: your pictures show several people.</source>
        <translation>不清楚指的是谁：您的图片中有多个人。</translation>
    </message>
    <message>
        <source>Choose pictures of one person only. Nothing was stored.</source>
        <translation>请只选择同一个人的图片。未保存任何内容。</translation>
    </message>
    <message>
        <source>Too few of your pictures can be used.</source>
        <translation>可用的图片太少。</translation>
    </message>
    <message numerus="yes">
        <source>Choose more pictures, at least %n that differ. Nothing was stored.</source>
        <translation>
            <numerusform>请选择更多图片，至少 %n 张不同的图片。未保存任何内容。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EvidenceBar</name>
    <message>
        <source>How near your face came to the enrolled one</source>
        <translation>您的人脸与已录入人脸的接近程度</translation>
    </message>
    <message>
        <source>Nothing was compared.</source>
        <translation>没有进行比较。</translation>
    </message>
    <message>
        <source>{evidence} of {wanted} nats</source>
        <translation>{evidence} / {wanted} 奈特</translation>
    </message>
    <message>
        <source>wanted: {wanted} nats</source>
        <translation>需要：{wanted} 奈特</translation>
    </message>
</context>
<context>
    <name>FaceCard</name>
    <message>
        <source>New name of this face</source>
        <translation>此人脸的新名称</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>重命名(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Improve</source>
        <translation>改进(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Add more pictures, for instance with other light or glasses</source>
        <translation>添加更多照片，例如在其他光线下或戴眼镜时</translation>
    </message>
    <message>
        <source>This look does not work with the recognition pack in use. Delete it and enrol it again.</source>
        <translation>这种样貌与正在使用的识别包不兼容。请删除后重新录入。</translation>
    </message>
    <message numerus="yes">
        <source>{quality}, from %n pictures</source>
        <translation>
            <numerusform>{quality}，来自 %n 张照片</numerusform>
        </translation>
    </message>
    <message>
        <source>Enrolled {when}</source>
        <translation>录入于 {when}</translation>
    </message>
    <message>
        <source>{camera}, pack {pack}</source>
        <translation>{camera}，识别包 {pack}</translation>
    </message>
</context>
<context>
    <name>FacesPage</name>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>The looks by which this computer knows you, for instance with and without glasses.</source>
        <translation>这台电脑认识的您的样貌，例如戴眼镜和不戴眼镜。</translation>
    </message>
    <message>
        <source>Asking the face service…</source>
        <translation>正在询问人脸服务…</translation>
    </message>
    <message>
        <source>&amp;Add another look</source>
        <translation>添加另一种样貌(&amp;A)</translation>
    </message>
    <message>
        <source>From pictures</source>
        <translation>来自照片</translation>
    </message>
    <message>
        <source>{camera}, and in infrared: {infrared}</source>
        <translation>{camera}，红外：{infrared}</translation>
    </message>
    <message>
        <source>A camera that is not connected ({camera})</source>
        <translation>未连接的摄像头（{camera}）</translation>
    </message>
    <message>
        <source>Your faces are shown here as soon as the face service answers.</source>
        <translation>人脸服务一有回应，您的人脸就会显示在这里。</translation>
    </message>
    <message>
        <source>The face is called “{label}” now.</source>
        <translation>此人脸现在名为“{label}”。</translation>
    </message>
    <message>
        <source>Delete “{label}”?</source>
        <translation>删除“{label}”？</translation>
    </message>
    <message>
        <source>You will not be recognised by this look any more. Your password keeps working.</source>
        <translation>您将不再能以这种样貌被识别。您的密码仍然有效。</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Keep</source>
        <translation>保留(&amp;K)</translation>
    </message>
    <message>
        <source>“{label}” is deleted.</source>
        <translation>“{label}”已删除。</translation>
    </message>
    <message>
        <source>Type your password when you are asked for it…</source>
        <translation>请在询问时输入您的密码…</translation>
    </message>
    <message>
        <source>The face service is gone; it may not have changed anything any more.</source>
        <translation>人脸服务已中断，可能没有来得及更改。</translation>
    </message>
    <message>
        <source>Look at your faces when it is back, and try it again.</source>
        <translation>服务恢复后请查看您的人脸，然后重试。</translation>
    </message>
</context>
<context>
    <name>Figures</name>
    <message>
        <source>{number} %</source>
        <comment>a percentage</comment>
        <translation>{number}%</translation>
    </message>
    <message>
        <source>1 in {many}</source>
        <translation>{many} 分之一</translation>
    </message>
    <message>
        <source>Measured on: {data}</source>
        <translation>测量数据：{data}</translation>
    </message>
    <message>
        <source>With 95 % certainty between {low} and {high}. Measured on: {data}</source>
        <translation>95% 置信区间：{low} 至 {high}。测量数据：{data}</translation>
    </message>
    <message>
        <source>How often a picture gives nothing to compare, for instance because no face is found</source>
        <translation>照片中没有可供比较的内容（例如未找到人脸）的比例</translation>
    </message>
    <message>
        <source>How far the probabilities shown are from how often they come true, on average</source>
        <translation>所显示的概率与实际发生比例之间的平均偏差</translation>
    </message>
    <message>
        <source>How often one picture of you is not recognised, if {rate} pictures of others may pass as you</source>
        <translation>当他人的照片有 {rate}可能被当作您时，您的单张照片未被识别的比例</translation>
    </message>
    <message>
        <source>How often one picture of somebody else passes as you, at the level “{level}”</source>
        <translation>在“{level}”级别下，他人的单张照片被当作您的比例</translation>
    </message>
    <message>
        <source>How often one picture of you is not enough alone, at the level “{level}” (a login looks at several)</source>
        <translation>在“{level}”级别下，仅凭您的单张照片不足以通过的比例（登录时会看多张）</translation>
    </message>
    <message>
        <source>How often one picture of a real face is taken for a photo</source>
        <translation>真实人脸的单张画面被当作照片的比例</translation>
    </message>
    <message>
        <source>How often one picture of a printed photo is taken for a real face</source>
        <translation>打印照片的单张画面被当作真实人脸的比例</translation>
    </message>
    <message>
        <source>How often one picture of a fake ({kind}) is taken for a real face</source>
        <translation>伪造物（{kind}）的单张画面被当作真实人脸的比例</translation>
    </message>
    <message>
        <source>How often both eyes in a picture are taken for closed, rightly or not</source>
        <translation>一张照片中的双眼被当作闭着的频率，无论是否属实</translation>
    </message>
    <message>
        <source>{seconds} s, frames: {frames}</source>
        <translation>{seconds} 秒，帧数：{frames}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>{milliseconds} ms</source>
        <translation>{milliseconds} 毫秒</translation>
    </message>
    <message>
        <source>{evidence} nats</source>
        <translation>{evidence} 奈特</translation>
    </message>
    <message>
        <source>{evidence} of {wanted} nats</source>
        <translation>{evidence} / {wanted} 奈特</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>证据量</translation>
    </message>
    <message>
        <source>Probability</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>over {percent} %</source>
        <translation>高于 {percent}%</translation>
    </message>
    <message>
        <source>under {percent} %</source>
        <translation>低于 {percent}%</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent}%</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Looks alive</source>
        <translation>看起来是真人</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>Unlock this computer with your face</source>
        <translation>用您的脸解锁这台电脑</translation>
    </message>
    <message>
        <source>Look at the camera for a few seconds, and this computer knows you. Your password keeps working.</source>
        <translation>看摄像头几秒钟，这台电脑就认识您了。您的密码仍然有效。</translation>
    </message>
    <message>
        <source>What is stored is an encrypted description of your face, on this computer only, and no pictures.</source>
        <translation>只在本机保存您人脸的加密描述，不保存照片。</translation>
    </message>
    <message>
        <source>A photo of you should be refused, but no camera can promise that. Where it matters most, use the password.</source>
        <translation>您的照片应当会被拒绝，但没有摄像头能够保证这一点。在最重要的场合请使用密码。</translation>
    </message>
    <message>
        <source>&amp;Enrol my face</source>
        <translation>录入我的人脸(&amp;E)</translation>
    </message>
</context>
<context>
    <name>HealthPage</name>
    <message>
        <source>Health</source>
        <translation>健康状况</translation>
    </message>
    <message>
        <source>Whether everything that a login by face needs is as it should be.</source>
        <translation>人脸登录所需的一切是否正常。</translation>
    </message>
    <message>
        <source>&amp;Examine again</source>
        <translation>重新检查(&amp;E)</translation>
    </message>
    <message>
        <source>Examining…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
    </message>
    <message>
        <source>Something is wrong and needs mending.</source>
        <translation>存在需要修复的问题。</translation>
    </message>
    <message>
        <source>Nothing is broken, but something could be better.</source>
        <translation>没有故障，但有可以改进之处。</translation>
    </message>
    <message>
        <source>All is well; there is something worth knowing.</source>
        <translation>一切正常，有些事值得了解。</translation>
    </message>
    <message>
        <source>Everything is as it should be.</source>
        <translation>一切正常。</translation>
    </message>
    <message>
        <source>Face service</source>
        <translation>人脸服务</translation>
    </message>
    <message>
        <source>The part that looks</source>
        <translation>负责观看的部分</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Recognition pack</source>
        <translation>识别包</translation>
    </message>
    <message>
        <source>Your face</source>
        <translation>您的人脸</translation>
    </message>
    <message>
        <source>Logins on this computer</source>
        <translation>本机的登录</translation>
    </message>
    <message>
        <source>Permissions</source>
        <translation>权限</translation>
    </message>
    <message>
        <source>Your session</source>
        <translation>您的会话</translation>
    </message>
    <message>
        <source>Security chip</source>
        <translation>安全芯片</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>时钟</translation>
    </message>
    <message>
        <source>Stored faces</source>
        <translation>已保存的人脸</translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>When your face was looked at, how it ended and why.</source>
        <translation>您的人脸何时被查看、结果如何以及原因。</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>For</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>尝试</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>{outcome}: {count}</source>
        <translation>{outcome}：{count}</translation>
    </message>
    <message>
        <source>&amp;Refresh</source>
        <translation>刷新(&amp;R)</translation>
    </message>
    <message>
        <source>The last {days} days</source>
        <translation>最近 {days} 天</translation>
    </message>
    <message>
        <source>Nothing yet: nobody has tried to log in as you with a face.</source>
        <translation>暂无记录：还没有人尝试用人脸以您的身份登录。</translation>
    </message>
    <message>
        <source>No attempt ended like this.</source>
        <translation>没有这样结束的尝试。</translation>
    </message>
    <message>
        <source>{why} {nearness}.</source>
        <translation>{why}{nearness}。</translation>
    </message>
    <message>
        <source>It took {seconds} s.</source>
        <translation>用时 {seconds} 秒。</translation>
    </message>
</context>
<context>
    <name>InspectPage</name>
    <message>
        <source>Inspect</source>
        <translation>检视</translation>
    </message>
    <message>
        <source>See what Facelatch sees in a picture or before the camera. Nothing of it is kept.</source>
        <translation>查看 Facelatch 在图片中或摄像头前看到了什么。不会保留任何内容。</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>A face is found if light falls on it, nothing covers it, and it is not too small or cut off.</source>
        <translation>光线照在脸上、没有遮挡、不太小也没有被切掉时，才能找到人脸。</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Sharpness</source>
        <translation>清晰度</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>光线</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>头部</translation>
    </message>
    <message>
        <source>Faces in the picture</source>
        <translation>图片中的人脸</translation>
    </message>
    <message>
        <source>What</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>&amp;Guess how old each person looks, and the like</source>
        <translation>猜测每个人看起来的年龄等(&amp;G)</translation>
    </message>
    <message>
        <source>Guesses go by looks alone, are often wrong, and more often for some people than for others.</source>
        <translation>猜测只凭外貌，常常出错，而且对某些人比对其他人更常出错。</translation>
    </message>
    <message>
        <source>&amp;Open a picture…</source>
        <translation>打开图片(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Live camera</source>
        <translation>实时摄像头(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Take a closer look</source>
        <translation>仔细查看(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Who is it…</source>
        <translation>这是谁(&amp;W)…</translation>
    </message>
    <message>
        <source>Looks among all who are enrolled. Asks for an administrator&apos;s password.</source>
        <translation>在所有已录入的人中查找。需要管理员密码。</translation>
    </message>
    <message>
        <source>Save with &amp;marks…</source>
        <translation>连同标记保存(&amp;M)…</translation>
    </message>
    <message>
        <source>“{name}” is being opened…</source>
        <translation>正在打开“{name}”…</translation>
    </message>
    <message>
        <source>Open a picture</source>
        <translation>打开图片</translation>
    </message>
    <message>
        <source>Pictures ({patterns})</source>
        <translation>图片 ({patterns})</translation>
    </message>
    <message>
        <source>All files ({patterns})</source>
        <translation>所有文件 ({patterns})</translation>
    </message>
    <message>
        <source>Looking for faces in “{name}”…</source>
        <translation>正在“{name}”中查找人脸…</translation>
    </message>
    <message>
        <source>This picture was not looked at.</source>
        <translation>没有检视这张图片。</translation>
    </message>
    <message>
        <source>Drop a picture here, or open one.</source>
        <translation>将图片拖到这里，或者打开一张。</translation>
    </message>
    <message>
        <source>&amp;Stop the camera</source>
        <translation>停止摄像头(&amp;S)</translation>
    </message>
    <message>
        <source>No face was found.</source>
        <translation>没有找到人脸。</translation>
    </message>
    <message>
        <source>One face was found.</source>
        <translation>找到一张人脸。</translation>
    </message>
    <message>
        <source>{count} faces were found.</source>
        <translation>找到 {count} 张人脸。</translation>
    </message>
    <message>
        <source>camera</source>
        <comment>a file&apos;s name</comment>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>{count} smaller ones were not looked at.</source>
        <translation>另有 {count} 张较小的人脸没有检视。</translation>
    </message>
    <message>
        <source>{found} {not_looked_at}</source>
        <comment>two sentences</comment>
        <translation>{found}{not_looked_at}</translation>
    </message>
    <message>
        <source>Face {number}</source>
        <translation>人脸 {number}</translation>
    </message>
    <message>
        <source>This face</source>
        <translation>这张人脸</translation>
    </message>
    <message>
        <source>Save with marks</source>
        <translation>连同标记保存</translation>
    </message>
    <message>
        <source>{name}-faces.png</source>
        <comment>a file&apos;s name</comment>
        <translation>{name}-人脸.png</translation>
    </message>
    <message>
        <source>Saved as “{name}”.</source>
        <translation>已保存为“{name}”。</translation>
    </message>
    <message>
        <source>“{name}” is there already.</source>
        <translation>“{name}”已经存在。</translation>
    </message>
    <message>
        <source>Replacing it cannot be undone.</source>
        <translation>替换后无法撤销。</translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation>替换(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Keep it</source>
        <translation>保留(&amp;K)</translation>
    </message>
</context>
<context>
    <name>Installation</name>
    <message>
        <source>The administrator&apos;s password was not given, so nothing was installed.</source>
        <translation>没有输入管理员密码，因此没有安装任何内容。</translation>
    </message>
    <message>
        <source>The command ended with code {code} and did not say why.</source>
        <translation>命令以代码 {code} 结束，没有说明原因。</translation>
    </message>
    <message>
        <source>“{program}” could not be started. Install it, or run the command yourself.</source>
        <translation>无法启动“{program}”。请安装它，或自行运行命令。</translation>
    </message>
</context>
<context>
    <name>LiveFeed</name>
    <message>
        <source>The camera is starting…</source>
        <translation>摄像头正在启动…</translation>
    </message>
    <message>
        <source>The picture was interrupted. It comes back by itself.</source>
        <translation>画面中断，会自动恢复。</translation>
    </message>
    <message>
        <source>The camera is needed for a login. Its picture comes back by itself.</source>
        <translation>登录需要使用摄像头。画面会自动恢复。</translation>
    </message>
</context>
<context>
    <name>LiveView</name>
    <message>
        <source>Camera picture</source>
        <translation>摄像头画面</translation>
    </message>
</context>
<context>
    <name>LookingView</name>
    <message>
        <source>Pictures that were looked at</source>
        <translation>已查看的图片</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Please type your password.</source>
        <translation>请输入您的密码。</translation>
    </message>
    <message>
        <source>Your pictures are looked at when your password has been accepted.</source>
        <translation>密码通过后会查看您的图片。</translation>
    </message>
    <message>
        <source>Looking at your pictures…</source>
        <translation>正在查看您的图片…</translation>
    </message>
    <message>
        <source>{number} of {count}: {name}</source>
        <translation>第 {number} 张，共 {count} 张：{name}</translation>
    </message>
</context>
<context>
    <name>PackPage</name>
    <message>
        <source>Recognition pack</source>
        <translation>识别包</translation>
    </message>
    <message>
        <source>The pack is installed. The face service uses it once an administrator has restarted it:</source>
        <translation>识别包已安装。管理员重新启动人脸服务后即可使用：</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
    </message>
    <message>
        <source>Faces cannot be recognised now.</source>
        <translation>目前无法识别人脸。</translation>
    </message>
    <message>
        <source>What finds and compares faces. All of it happens on this computer.</source>
        <translation>用于查找和比较人脸。一切都在本机进行。</translation>
    </message>
    <message>
        <source>Install one below.</source>
        <translation>请在下方安装一个。</translation>
    </message>
    <message>
        <source>{name}, version {version}</source>
        <translation>{name}，版本 {version}</translation>
    </message>
    <message>
        <source>Licence: {licence}</source>
        <translation>许可证：{licence}</translation>
    </message>
    <message>
        <source>Terms: {terms}</source>
        <translation>条款：{terms}</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>{name} ({size}), licence: {licence}</source>
        <translation>{name}（{size}），许可证：{licence}</translation>
    </message>
    <message>
        <source>From {source}</source>
        <translation>来源：{source}</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>测量结果</translation>
    </message>
    <message>
        <source>In the words of the standards: {name}</source>
        <translation>标准术语：{name}</translation>
    </message>
    <message>
        <source>The scores were calibrated on: {data}</source>
        <translation>评分的校准数据：{data}</translation>
    </message>
    <message>
        <source>&amp;Install the open pack</source>
        <translation>安装开放识别包(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Install the open pack again</source>
        <translation>重新安装开放识别包(&amp;I)</translation>
    </message>
    <message>
        <source>Install from a &amp;file…</source>
        <translation>从文件安装(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Progress of the installation</source>
        <translation>安装进度</translation>
    </message>
    <message>
        <source>Install a pack</source>
        <translation>安装识别包</translation>
    </message>
    <message>
        <source>The open pack is free to use for anything. It is fetched from its authors, about 5 MB, and checked before it is used. You are asked for an administrator&apos;s password.</source>
        <translation>开放识别包可自由用于任何用途。它从作者处下载，约 5 MB，使用前会经过校验。届时需要输入管理员密码。</translation>
    </message>
    <message>
        <source>Choose a pack</source>
        <translation>选择识别包</translation>
    </message>
    <message>
        <source>Packs ({patterns})</source>
        <translation>识别包 ({patterns})</translation>
    </message>
    <message>
        <source>Waiting for the password, then for the first file…</source>
        <translation>正在等待密码，然后等待第一个文件…</translation>
    </message>
    <message>
        <source>Fetching {name}…</source>
        <translation>正在下载 {name}…</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>The pack is installed.</source>
        <translation>识别包已安装。</translation>
    </message>
    <message>
        <source>Nothing was installed.</source>
        <translation>没有安装任何内容。</translation>
    </message>
    <message>
        <source>The pack could not be installed. Nothing was changed.</source>
        <translation>识别包无法安装。没有任何更改。</translation>
    </message>
    <message>
        <source>Try it again, or get the pack as a file and install that.</source>
        <translation>请重试，或者取得识别包文件后从文件安装。</translation>
    </message>
    <message>
        <source>Finds faces in a picture</source>
        <translation>在图像中查找人脸</translation>
    </message>
    <message>
        <source>Compares faces</source>
        <translation>比较人脸</translation>
    </message>
    <message>
        <source>Tells a face from a picture of one</source>
        <translation>区分真人与人脸照片</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>“{name}” is not a picture that can be read. Choose a JPEG, PNG or WebP file.</source>
        <translation>“{name}”不是可以读取的图片。请选择 JPEG、PNG 或 WebP 文件。</translation>
    </message>
    <message>
        <source>“{name}” has more than {most} million pixels. Save a smaller copy and open that.</source>
        <translation>“{name}”超过 {most} 百万像素。请保存一份较小的副本再打开。</translation>
    </message>
    <message>
        <source>“{name}” is damaged and cannot be shown. Choose another file.</source>
        <translation>“{name}”已损坏，无法显示。请选择其他文件。</translation>
    </message>
    <message>
        <source>“{name}” is not a file. Choose a picture file.</source>
        <translation>“{name}”不是文件。请选择图片文件。</translation>
    </message>
    <message>
        <source>“{name}” is a folder. Choose one picture in it.</source>
        <translation>“{name}”是文件夹。请选择其中的一张图片。</translation>
    </message>
    <message>
        <source>“{name}” cannot be read: {problem}.</source>
        <translation>无法读取“{name}”：{problem}。</translation>
    </message>
    <message>
        <source>“{name}” is larger than {most} MiB. Save a smaller copy and open that.</source>
        <translation>“{name}”大于 {most} MiB。请保存一份较小的副本再打开。</translation>
    </message>
    <message>
        <source>“{name}” is empty. Choose another file.</source>
        <translation>“{name}”是空的。请选择其他文件。</translation>
    </message>
    <message>
        <source>“{name}” does not say which kind of picture to save. Let the name end in .png or .jpg.</source>
        <translation>“{name}”没有说明要保存的图片类型。请让名称以 .png 或 .jpg 结尾。</translation>
    </message>
    <message>
        <source>The picture could not be encoded. Save it as .png.</source>
        <translation>无法编码图片。请保存为 .png。</translation>
    </message>
    <message>
        <source>“{name}” cannot be saved: {problem}. Choose another place.</source>
        <translation>无法保存“{name}”：{problem}。请选择其他位置。</translation>
    </message>
    <message>
        <source>it is not there</source>
        <translation>它不存在</translation>
    </message>
    <message>
        <source>you are not allowed to</source>
        <translation>您没有权限</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>the disk is read-only</source>
        <translation>磁盘是只读的</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>Person {number}</source>
        <translation>第 {number} 个人</translation>
    </message>
    <message>
        <source>{reason}: {pictures}</source>
        <translation>{reason}：{pictures}</translation>
    </message>
    <message numerus="yes">
        <source>%n pictures</source>
        <translation>
            <numerusform>%n 张图片</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{names} and %n more</source>
        <translation>
            <numerusform>{names} 以及另外 %n 张</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewView</name>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Take them again</source>
        <translation>重新拍摄(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Which pictures should be used?</source>
        <translation>要使用哪些照片？</translation>
    </message>
    <message>
        <source>Click a picture to drop it. The rest is turned into an encrypted description of your face; the pictures themselves are not kept.</source>
        <translation>点击照片即可舍弃。其余照片用于生成您人脸的加密描述；照片本身不会保留。</translation>
    </message>
    <message>
        <source>Choose &amp;others</source>
        <translation>选择其他图片(&amp;O)</translation>
    </message>
    <message numerus="yes">
        <source>%n pictures are dark or blurred. You may want to drop them.</source>
        <translation>
            <numerusform>有 %n 张照片偏暗或模糊，可以舍弃。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At least %n pictures must remain.</source>
        <translation>
            <numerusform>至少要保留 %n 张照片。</numerusform>
        </translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>未使用</translation>
    </message>
    <message numerus="yes">
        <source>%n pictures will be used.</source>
        <translation>
            <numerusform>将使用 %n 张照片。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Ring</name>
    <message>
        <source>Camera picture, with a ring that shows how far the enrolment is</source>
        <translation>摄像头画面，周围的圆环显示录入进度</translation>
    </message>
    <message>
        <source>Still to be shown: {poses}</source>
        <translation>还需展示：{poses}</translation>
    </message>
    <message>
        <source>All sides have been shown.</source>
        <translation>各个角度都已展示。</translation>
    </message>
</context>
<context>
    <name>RuleCard</name>
    <message>
        <source>Allow the face here</source>
        <translation>在此允许使用人脸</translation>
    </message>
    <message>
        <source>How sure it has to be:</source>
        <translation>需要的把握程度：</translation>
    </message>
    <message>
        <source>Against photos and screens:</source>
        <translation>防范照片和屏幕：</translation>
    </message>
    <message>
        <source>How you agree:</source>
        <translation>您如何同意：</translation>
    </message>
    <message>
        <source>Nothing was changed: {why}</source>
        <translation>没有任何更改：{why}</translation>
    </message>
    <message>
        <source>What the programs on this computer do</source>
        <translation>本机上的程序实际如何处理</translation>
    </message>
    <message>
        <source>Not on this computer: {services}</source>
        <translation>本机上没有：{services}</translation>
    </message>
    <message>
        <source>The screen lock of somebody who has logged in before.</source>
        <translation>已登录用户的屏幕锁定。</translation>
    </message>
    <message>
        <source>The login screen, and the consoles behind it.</source>
        <translation>登录界面以及后面的控制台。</translation>
    </message>
    <message>
        <source>sudo, su, and the dialogs that ask for a password before something is changed on this computer.</source>
        <translation>sudo、su，以及更改本机之前询问密码的对话框。</translation>
    </message>
    <message>
        <source>Programs that belong to none of the others.</source>
        <translation>不属于以上各类的程序。</translation>
    </message>
    <message>
        <source>A look takes {seconds} s at most, and {nobody} s where nobody is there. Then comes the password.</source>
        <translation>一次查看最多 {seconds} 秒，没有人时为 {nobody} 秒。之后使用密码。</translation>
    </message>
    <message>
        <source>A photo of you, on paper or on a screen, may pass.</source>
        <translation>您的照片，无论印在纸上还是显示在屏幕上，都有可能通过。</translation>
    </message>
    <message>
        <source>What looks like a photo or a screen is refused, as far as the recognition pack can tell. An infrared camera helps, if your face was enrolled with one.</source>
        <translation>只要识别包能够分辨，看起来像照片或屏幕的都会被拒绝。如果您的人脸是用红外摄像头录入的，它也会起作用。</translation>
    </message>
    <message>
        <source>As with signs of life, and you are asked to turn your head, to nod or to blink: each time something else.</source>
        <translation>与查看是否为真人相同，并且会请您转头、点头或眨眼：每次都不一样。</translation>
    </message>
    <message>
        <source>The camera opens as soon as a program asks for you.</source>
        <translation>只要有程序询问您，摄像头就会打开。</translation>
    </message>
    <message>
        <source>You are shown what is asked for, and the camera opens once you have pressed Enter.</source>
        <translation>先向您显示请求的内容，您按下回车键后摄像头才会打开。</translation>
    </message>
    <message>
        <source>You nod at the camera: for programs that cannot ask you anything before it opens.</source>
        <translation>您向摄像头点头：用于无法事先询问您的程序。</translation>
    </message>
    <message>
        <source>Of {many} tries by other people, at most one passes for you.</source>
        <translation>他人每尝试 {many} 次，最多有一次会被当作您。</translation>
    </message>
    <message>
        <source>You are recognised the soonest.</source>
        <translation>识别您的速度最快。</translation>
    </message>
    <message>
        <source>You are recognised at a glance in good light.</source>
        <translation>光线良好时一眼就能认出您。</translation>
    </message>
    <message>
        <source>You may have to look longer, or type the password more often.</source>
        <translation>您可能要看得久一些，或更常输入密码。</translation>
    </message>
    <message>
        <source>{one} {other}</source>
        <comment>two sentences</comment>
        <translation>{one}{other}</translation>
    </message>
</context>
<context>
    <name>ShotsView</name>
    <message>
        <source>&amp;Go on with these</source>
        <translation>就用这些(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>The camera is starting…</source>
        <translation>摄像头正在启动…</translation>
    </message>
    <message>
        <source>{kept} of {wanted} pictures</source>
        <translation>{kept} / {wanted} 张照片</translation>
    </message>
</context>
<context>
    <name>StartView</name>
    <message>
        <source>For instance: with glasses</source>
        <translation>例如：戴眼镜</translation>
    </message>
    <message>
        <source>First you are asked for your password, so that nobody else can enrol a face for you.</source>
        <translation>首先会询问您的密码，以免别人替您录入人脸。</translation>
    </message>
    <message>
        <source>Then you look at the camera, and turn your head a little when asked.</source>
        <translation>然后看着摄像头，按提示稍稍转头。</translation>
    </message>
    <message>
        <source>At the end you see the pictures. Nothing is stored before you save.</source>
        <translation>最后您会看到照片。在您点击“保存”之前不会存储任何内容。</translation>
    </message>
    <message>
        <source>&amp;Name of this look (optional):</source>
        <translation>这种样貌的名称（可不填）(&amp;N)：</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>Use &amp;pictures instead…</source>
        <translation>改用图片(&amp;P)…</translation>
    </message>
    <message>
        <source>Enrol a &amp;new look instead</source>
        <translation>改为录入新的样貌(&amp;N)</translation>
    </message>
    <message>
        <source>More pictures for “{label}”</source>
        <translation>为“{label}”添加照片</translation>
    </message>
</context>
<context>
    <name>Tile</name>
    <message>
        <source>dark</source>
        <translation>太暗</translation>
    </message>
    <message>
        <source>blurred</source>
        <translation>模糊</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>已保留</translation>
    </message>
    <message>
        <source>dropped</source>
        <translation>已舍弃</translation>
    </message>
    <message>
        <source>Picture {number}, {pose}</source>
        <translation>照片 {number}，{pose}</translation>
    </message>
    <message>
        <source>Click to drop it</source>
        <translation>点击以舍弃</translation>
    </message>
    <message>
        <source>Click to keep it</source>
        <translation>点击以保留</translation>
    </message>
</context>
<context>
    <name>Traits</name>
    <message>
        <source>Blurred</source>
        <translation>模糊</translation>
    </message>
    <message>
        <source>Soft</source>
        <translation>偏柔</translation>
    </message>
    <message>
        <source>Sharp</source>
        <translation>清晰</translation>
    </message>
    <message>
        <source>Too dark</source>
        <translation>太暗</translation>
    </message>
    <message>
        <source>Dim</source>
        <translation>偏暗</translation>
    </message>
    <message>
        <source>Very bright</source>
        <translation>很亮</translation>
    </message>
    <message>
        <source>Well lit</source>
        <translation>光线良好</translation>
    </message>
    <message>
        <source>{angle}° left</source>
        <translation>左 {angle}°</translation>
    </message>
    <message>
        <source>{angle}° right</source>
        <translation>右 {angle}°</translation>
    </message>
    <message>
        <source>{angle}° up</source>
        <translation>上 {angle}°</translation>
    </message>
    <message>
        <source>{angle}° down</source>
        <translation>下 {angle}°</translation>
    </message>
    <message>
        <source>{angle}° tilted</source>
        <translation>倾斜 {angle}°</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between figures</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>Straight</source>
        <translation>正面</translation>
    </message>
    <message>
        <source>Turned left</source>
        <translation>转向左侧</translation>
    </message>
    <message>
        <source>Turned right</source>
        <translation>转向右侧</translation>
    </message>
    <message>
        <source>Raised</source>
        <translation>抬起</translation>
    </message>
    <message>
        <source>Lowered</source>
        <translation>低下</translation>
    </message>
    <message>
        <source>Looks alive</source>
        <translation>看起来是真人</translation>
    </message>
    <message>
        <source>Looks like a picture</source>
        <translation>看起来像图片</translation>
    </message>
    <message>
        <source>Life</source>
        <translation>活体</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>人物</translation>
    </message>
    <message>
        <source>{number} of 100</source>
        <comment>a quality</comment>
        <translation>{number} 分（满分 100）</translation>
    </message>
    <message>
        <source>Nobody who is enrolled</source>
        <translation>不是已录入的人</translation>
    </message>
    <message>
        <source>{percent} likely</source>
        <translation>可能性 {percent}</translation>
    </message>
    <message>
        <source>Guessed age</source>
        <translation>猜测的年龄</translation>
    </message>
    <message>
        <source>Guessed gender</source>
        <translation>猜测的性别</translation>
    </message>
    <message>
        <source>Guess: a mask</source>
        <translation>猜测：口罩</translation>
    </message>
    <message>
        <source>Guess: {what}</source>
        <translation>猜测：{what}</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>不确定</translation>
    </message>
    <message>
        <source>Female</source>
        <translation>女性</translation>
    </message>
    <message>
        <source>Male</source>
        <translation>男性</translation>
    </message>
    <message>
        <source>A child</source>
        <translation>儿童</translation>
    </message>
    <message>
        <source>Young</source>
        <translation>年轻</translation>
    </message>
    <message>
        <source>Middle-aged</source>
        <translation>中年</translation>
    </message>
    <message>
        <source>Old</source>
        <translation>老年</translation>
    </message>
    <message>
        <source>Worn</source>
        <translation>戴着</translation>
    </message>
    <message>
        <source>Not worn</source>
        <translation>没有戴</translation>
    </message>
    <message>
        <source>Sharpness</source>
        <translation>清晰度</translation>
    </message>
    <message>
        <source>Brightness</source>
        <translation>亮度</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>对比度</translation>
    </message>
    <message>
        <source>Range of tones</source>
        <translation>色调范围</translation>
    </message>
    <message>
        <source>No part too dark</source>
        <translation>没有过暗的部分</translation>
    </message>
    <message>
        <source>No part too bright</source>
        <translation>没有过亮的部分</translation>
    </message>
    <message>
        <source>Light on both sides alike</source>
        <translation>两侧光线均匀</translation>
    </message>
    <message>
        <source>Natural colour</source>
        <translation>自然的颜色</translation>
    </message>
    <message>
        <source>No other face beside it</source>
        <translation>旁边没有其他人脸</translation>
    </message>
    <message>
        <source>Distance between the eyes</source>
        <translation>两眼间距</translation>
    </message>
    <message>
        <source>Size of the head, as on a passport</source>
        <translation>头部大小（以证件照为准）</translation>
    </message>
    <message>
        <source>Room to the left</source>
        <translation>左侧空间</translation>
    </message>
    <message>
        <source>Room to the right</source>
        <translation>右侧空间</translation>
    </message>
    <message>
        <source>Room below</source>
        <translation>下方空间</translation>
    </message>
    <message>
        <source>Room above</source>
        <translation>上方空间</translation>
    </message>
    <message>
        <source>Not turned to a side</source>
        <translation>没有转向一侧</translation>
    </message>
    <message>
        <source>Not raised or lowered</source>
        <translation>没有抬头或低头</translation>
    </message>
    <message>
        <source>Not tilted</source>
        <translation>没有歪斜</translation>
    </message>
    <message>
        <source>{number} %</source>
        <comment>a percentage</comment>
        <translation>{number}%</translation>
    </message>
    <message>
        <source>{word} ({figure})</source>
        <translation>{word}（{figure}）</translation>
    </message>
</context>
<context>
    <name>Trial</name>
    <message>
        <source>Waiting for the picture</source>
        <translation>等待图像</translation>
    </message>
    <message>
        <source>Decoding the picture</source>
        <translation>解码图像</translation>
    </message>
    <message>
        <source>Finding the face</source>
        <translation>查找人脸</translation>
    </message>
    <message>
        <source>Checking that the eyes are open</source>
        <translation>检查眼睛是否睁开</translation>
    </message>
    <message>
        <source>Describing the face</source>
        <translation>描述人脸</translation>
    </message>
    <message>
        <source>Telling life from a picture</source>
        <translation>区分真人与照片</translation>
    </message>
</context>
<context>
    <name>TrialPage</name>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>See whether this computer knows you. Nothing is unlocked by it.</source>
        <translation>看看这台电脑是否认识您。不会因此解锁任何东西。</translation>
    </message>
    <message>
        <source>&amp;Look now</source>
        <translation>立即查看(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>停止(&amp;S)</translation>
    </message>
    <message>
        <source>The camera is starting…</source>
        <translation>摄像头正在启动…</translation>
    </message>
    <message>
        <source>Show &amp;figures (asks for an administrator&apos;s password)</source>
        <translation>显示数值（需要管理员密码）(&amp;F)</translation>
    </message>
    <message>
        <source>Look at the camera.</source>
        <translation>请看摄像头。</translation>
    </message>
    <message>
        <source>Please type an administrator&apos;s password.</source>
        <translation>请输入管理员密码。</translation>
    </message>
    <message>
        <source>The camera is off.</source>
        <translation>摄像头已关闭。</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Sit as you usually do, and choose “Look now”.</source>
        <translation>像平常一样坐好，然后选择“立即查看”。</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在查看…</translation>
    </message>
    <message>
        <source>The look was interrupted, because the face service is gone.</source>
        <translation>人脸服务已中断，查看因此停止。</translation>
    </message>
    <message>
        <source>Look again when the service is back.</source>
        <translation>服务恢复后请再次查看。</translation>
    </message>
    <message>
        <source>Figures are for administrators only, and the password was not given.</source>
        <translation>数值仅供管理员查看，而密码没有输入。</translation>
    </message>
    <message>
        <source>Look again without figures, or ask for them again.</source>
        <translation>请不显示数值再次查看，或再次请求显示。</translation>
    </message>
</context>
<context>
    <name>UsagePage</name>
    <message>
        <source>Where it is used</source>
        <translation>使用场合</translation>
    </message>
    <message>
        <source>A password works everywhere and always. Here you choose where the face may take its place. Changes need an administrator&apos;s password and hold at once.</source>
        <translation>密码随时随地都有效。在这里选择哪些地方可以用人脸代替它。更改需要管理员密码，并立即生效。</translation>
    </message>
    <message>
        <source>These rules are read from: {files}</source>
        <translation>这些规则读取自：{files}</translation>
    </message>
    <message>
        <source>No rule has been changed yet.</source>
        <translation>还没有更改过任何规则。</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Face login</source>
        <translation>人脸登录</translation>
    </message>
    <message>
        <source>Nothing has been stored yet. You can also go back and save them.</source>
        <translation>还没有存储任何内容。您也可以返回并保存。</translation>
    </message>
    <message>
        <source>&amp;Close without saving</source>
        <translation>不保存就关闭(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Go back</source>
        <translation>返回(&amp;G)</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>The face service is back.</source>
        <translation>人脸服务已恢复。</translation>
    </message>
    <message>
        <source>Try &amp;now</source>
        <translation>立即重试(&amp;N)</translation>
    </message>
</context>
<context>
    <name>Wiring</name>
    <message>
        <source>{what} The rule above does not allow it.</source>
        <translation>{what}上面的规则不允许。</translation>
    </message>
    <message>
        <source>It is not on this computer.</source>
        <translation>本机上没有。</translation>
    </message>
    <message>
        <source>No face is tried; only the password counts.</source>
        <translation>不尝试人脸，只认密码。</translation>
    </message>
    <message>
        <source>The face is tried first, and the password if that fails.</source>
        <translation>先尝试人脸，失败后再用密码。</translation>
    </message>
    <message>
        <source>The password is asked first, and the face is tried if that is wrong.</source>
        <translation>先询问密码，错误时再尝试人脸。</translation>
    </message>
    <message>
        <source>The face is tried beside the password, by a service of its own.</source>
        <translation>由单独的服务在询问密码的同时尝试人脸。</translation>
    </message>
    <message>
        <source>The face is tried but opens nothing: the password is asked in any case.</source>
        <translation>会尝试人脸但不起作用：无论如何都会询问密码。</translation>
    </message>
    <message>
        <source>A line for the face is there, but it is never reached.</source>
        <translation>有一行用于人脸，但永远不会执行到。</translation>
    </message>
    <message>
        <source>Danger: where the face fails, the password does not help either.</source>
        <translation>危险：人脸失败时，密码也无济于事。</translation>
    </message>
    <message>
        <source>Danger: this opens to anybody, whatever the face or the password.</source>
        <translation>危险：无论人脸或密码如何，对任何人都会放行。</translation>
    </message>
    <message>
        <source>What happens cannot be told from its files.</source>
        <translation>无法从其文件判断会发生什么。</translation>
    </message>
    <message>
        <source>See line {line} of {file}.</source>
        <translation>请看 {file} 第 {line} 行。</translation>
    </message>
    <message>
        <source>{one} {other}</source>
        <comment>two sentences</comment>
        <translation>{one}{other}</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>The face service gave an answer that this window does not understand.</source>
        <translation>人脸服务给出了此窗口无法理解的回答。</translation>
    </message>
    <message>
        <source>Bring all of Facelatch to the same version, and restart the service.</source>
        <translation>请让 Facelatch 的所有部分使用同一版本，并重新启动服务。</translation>
    </message>
    <message>
        <source>Something went wrong in this window.</source>
        <translation>此窗口出了问题。</translation>
    </message>
    <message>
        <source>Try it again. If it stays so, please report it with the words below.</source>
        <translation>请重试。如果仍然如此，请附上下面的文字报告。</translation>
    </message>
    <message>
        <source>The face service is not running.</source>
        <translation>人脸服务没有运行。</translation>
    </message>
    <message>
        <source>This window tries again by itself, and your password works as always. If it stays so, an administrator can start the service with: systemctl start facelatchd</source>
        <translation>此窗口会自动重试，您的密码一如既往地有效。如果仍然如此，管理员可以这样启动服务：systemctl start facelatchd</translation>
    </message>
    <message>
        <source>Recognised</source>
        <translation>已识别</translation>
    </message>
    <message>
        <source>Not recognised</source>
        <translation>未识别</translation>
    </message>
    <message>
        <source>No decision</source>
        <translation>未判定</translation>
    </message>
    <message>
        <source>It looked like a picture of a face.</source>
        <translation>看起来像是人脸的照片。</translation>
    </message>
    <message>
        <source>Face the camera in even light, with no bright window or screen behind you.</source>
        <translation>请在均匀的光线下面对摄像头，身后不要有明亮的窗户或屏幕。</translation>
    </message>
    <message>
        <source>No face was seen.</source>
        <translation>没有看到人脸。</translation>
    </message>
    <message>
        <source>Sit in front of the camera, and check that nothing covers it.</source>
        <translation>请坐到摄像头前，并确认没有东西遮住它。</translation>
    </message>
    <message>
        <source>More than one face was seen.</source>
        <translation>看到了不止一张人脸。</translation>
    </message>
    <message>
        <source>Try it again with nobody else in the picture.</source>
        <translation>请确保画面中没有其他人，然后重试。</translation>
    </message>
    <message>
        <source>It was too dark.</source>
        <translation>光线太暗。</translation>
    </message>
    <message>
        <source>Switch on a light in front of you rather than behind.</source>
        <translation>请打开一盏灯，放在您的前方而不是身后。</translation>
    </message>
    <message>
        <source>Your face was never clear enough.</source>
        <translation>您的脸始终不够清楚。</translation>
    </message>
    <message>
        <source>Come closer, hold still and look at the camera.</source>
        <translation>请靠近些，保持不动，看着摄像头。</translation>
    </message>
    <message>
        <source>The time ran out.</source>
        <translation>时间到了。</translation>
    </message>
    <message>
        <source>A try unlocks nothing.</source>
        <translation>试一试不会解锁任何内容。</translation>
    </message>
    <message>
        <source>Try it again and look at the camera.</source>
        <translation>请重试并看着摄像头。</translation>
    </message>
    <message>
        <source>It was cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Start it again when you are ready.</source>
        <translation>准备好后请重新开始。</translation>
    </message>
    <message>
        <source>The camera was needed for a login.</source>
        <translation>摄像头被用于登录。</translation>
    </message>
    <message>
        <source>Nothing is lost. Try it again in a moment.</source>
        <translation>没有丢失任何内容。请稍后重试。</translation>
    </message>
    <message>
        <source>This account is not known here.</source>
        <translation>这里不认识此账户。</translation>
    </message>
    <message>
        <source>Log in with an account of this computer.</source>
        <translation>请用本机的账户登录。</translation>
    </message>
    <message>
        <source>Enrol your face first.</source>
        <translation>请先录入您的人脸。</translation>
    </message>
    <message>
        <source>The settings do not allow the face here.</source>
        <translation>设置不允许在此使用人脸。</translation>
    </message>
    <message>
        <source>An administrator can change where the face is used.</source>
        <translation>管理员可以更改人脸的使用场合。</translation>
    </message>
    <message>
        <source>You are not sitting at this computer.</source>
        <translation>您不在这台电脑前。</translation>
    </message>
    <message>
        <source>Over the network only the password is taken.</source>
        <translation>通过网络只接受密码。</translation>
    </message>
    <message>
        <source>Too many faces were refused in a row, so the face is locked for a while.</source>
        <translation>连续多次人脸被拒绝，人脸登录暂时锁定。</translation>
    </message>
    <message>
        <source>Log in or unlock with your password once, or wait.</source>
        <translation>请用密码登录或解锁一次，或者等待。</translation>
    </message>
    <message>
        <source>The face matches one of yours.</source>
        <translation>人脸与您录入的一致。</translation>
    </message>
    <message>
        <source>The face matches none of yours.</source>
        <translation>人脸与您录入的都不一致。</translation>
    </message>
    <message>
        <source>If it was you, add pictures in this light, or with these glasses: “Improve” does that.</source>
        <translation>如果是您本人，请用“改进”在这种光线下或戴着这副眼镜添加照片。</translation>
    </message>
    <message>
        <source>No face is enrolled yet.</source>
        <translation>尚未录入人脸。</translation>
    </message>
    <message>
        <source>This was not allowed.</source>
        <translation>此操作未获允许。</translation>
    </message>
    <message>
        <source>Try again, and type your password when you are asked for it. If you are never asked, sit down at the computer itself, or ask its administrator.</source>
        <translation>请重试，并在询问时输入密码。如果从未询问，请坐到这台电脑前操作，或联系管理员。</translation>
    </message>
    <message>
        <source>Nobody agreed to it.</source>
        <translation>没有人同意。</translation>
    </message>
    <message>
        <source>Agree when you are asked, or type the password.</source>
        <translation>询问时请同意，或输入密码。</translation>
    </message>
    <message>
        <source>There is nothing yet to recognise faces with.</source>
        <translation>目前还没有可用来识别人脸的识别包。</translation>
    </message>
    <message>
        <source>Install a recognition pack.</source>
        <translation>请安装识别包。</translation>
    </message>
    <message>
        <source>The recognition pack is damaged.</source>
        <translation>识别包已损坏。</translation>
    </message>
    <message>
        <source>Install it again.</source>
        <translation>请重新安装。</translation>
    </message>
    <message>
        <source>The recognition pack cannot tell a face from a picture of one.</source>
        <translation>识别包无法区分真人与人脸照片。</translation>
    </message>
    <message>
        <source>Install a pack that can, or change where the face is used.</source>
        <translation>请安装能够区分的识别包，或更改人脸的使用场合。</translation>
    </message>
    <message>
        <source>There is no camera.</source>
        <translation>没有摄像头。</translation>
    </message>
    <message>
        <source>The camera is covered.</source>
        <translation>摄像头被遮住了。</translation>
    </message>
    <message>
        <source>Open its shutter, or take the sticker off.</source>
        <translation>请打开它的遮挡盖，或揭下贴纸。</translation>
    </message>
    <message>
        <source>Your eyes were closed.</source>
        <translation>您的眼睛闭着。</translation>
    </message>
    <message>
        <source>Look at the camera with open eyes.</source>
        <translation>请睁开眼睛看着摄像头。</translation>
    </message>
    <message>
        <source>Your session is not the one on this computer&apos;s screen.</source>
        <translation>您的会话不是这台电脑屏幕上的会话。</translation>
    </message>
    <message>
        <source>Switch to it at the computer itself, or type the password.</source>
        <translation>请在这台电脑上切换到它，或输入密码。</translation>
    </message>
    <message>
        <source>The lid is closed, and the camera with it.</source>
        <translation>笔记本上盖已合上，摄像头也随之关闭。</translation>
    </message>
    <message>
        <source>Open the lid, or use a camera that is not built in.</source>
        <translation>请打开上盖，或使用非内置的摄像头。</translation>
    </message>
    <message>
        <source>The password was wanted first.</source>
        <translation>需要先输入密码。</translation>
    </message>
    <message>
        <source>It is wanted from time to time, so that you do not forget it, and after a start.</source>
        <translation>启动之后以及每隔一段时间都需要输入密码，以免您忘记它。</translation>
    </message>
    <message>
        <source>Connect a camera, or open its shutter or switch, and try it again.</source>
        <translation>请连接摄像头，或打开它的遮挡盖或开关，然后重试。</translation>
    </message>
    <message>
        <source>Your face was enrolled with another camera, or a program feeds this one.</source>
        <translation>您的人脸是用另一个摄像头录入的，或者这个摄像头的图像来自某个程序。</translation>
    </message>
    <message>
        <source>Use the camera you enrolled with, or enrol your face with this one, too.</source>
        <translation>请使用录入时的摄像头，或用这个摄像头也录入您的人脸。</translation>
    </message>
    <message>
        <source>Another program is using the camera.</source>
        <translation>另一个程序正在使用摄像头。</translation>
    </message>
    <message>
        <source>End the video call, or close that program, and try it again.</source>
        <translation>请结束视频通话或关闭那个程序，然后重试。</translation>
    </message>
    <message>
        <source>The camera stopped sending pictures.</source>
        <translation>摄像头不再传送图像。</translation>
    </message>
    <message>
        <source>Check that it is still connected, and try it again.</source>
        <translation>请检查它是否仍然连接，然后重试。</translation>
    </message>
    <message>
        <source>The part that looks through the camera failed.</source>
        <translation>负责用摄像头观看的部分出了故障。</translation>
    </message>
    <message>
        <source>It starts again by itself: try it again in a moment.</source>
        <translation>它会自动重新启动：请稍后重试。</translation>
    </message>
    <message>
        <source>Nothing shows that the recognition pack tells people apart as surely as is wanted.</source>
        <translation>没有证据表明识别包能以所要求的把握区分不同的人。</translation>
    </message>
    <message>
        <source>Install a pack that does, or choose another level.</source>
        <translation>请安装能做到的识别包，或选择另一个级别。</translation>
    </message>
    <message>
        <source>The stored faces cannot be read or written.</source>
        <translation>无法读取或写入已保存的人脸。</translation>
    </message>
    <message>
        <source>Nothing was changed. The health page says what is wrong.</source>
        <translation>没有任何更改。“健康状况”页面说明了问题所在。</translation>
    </message>
    <message>
        <source>An older copy of the stored faces was put in the place of the newest.</source>
        <translation>已保存人脸的最新数据被旧的副本替换了。</translation>
    </message>
    <message>
        <source>Your password works as always. If this was done on purpose, an administrator accepts it with: facelatch-key accept</source>
        <translation>您的密码一如既往地有效。如果这是有意为之，管理员可以这样接受：facelatch-key accept</translation>
    </message>
    <message>
        <source>The face service refused this, and nothing was changed.</source>
        <translation>人脸服务拒绝了此操作，没有任何更改。</translation>
    </message>
    <message>
        <source>Something went wrong in the face service.</source>
        <translation>人脸服务出了问题。</translation>
    </message>
    <message>
        <source>Try it again. If it stays so, the health page says more.</source>
        <translation>请重试。如果仍然如此，“健康状况”页面有更多说明。</translation>
    </message>
    <message>
        <source>The camera is in use by something else in Facelatch.</source>
        <translation>摄像头正被 Facelatch 的其他部分使用。</translation>
    </message>
    <message>
        <source>Save or cancel an enrolment that is open, here or in another window, and try it again.</source>
        <translation>请保存或取消此处或其他窗口中未完成的录入，然后重试。</translation>
    </message>
    <message>
        <source>The camera is not connected any more.</source>
        <translation>摄像头已断开连接。</translation>
    </message>
    <message>
        <source>Connect it again, or choose another one.</source>
        <translation>请重新连接它，或选择另一个。</translation>
    </message>
    <message>
        <source>This face is not stored any more.</source>
        <translation>此人脸已不再保存。</translation>
    </message>
    <message>
        <source>It was deleted elsewhere; nothing needs doing.</source>
        <translation>它已在别处删除，无需处理。</translation>
    </message>
    <message>
        <source>It was ended before it was done.</source>
        <translation>在完成之前就结束了。</translation>
    </message>
    <message>
        <source>Nothing is lost. Try it again.</source>
        <translation>没有丢失任何内容。请重试。</translation>
    </message>
    <message>
        <source>Uncover the camera, please.</source>
        <translation>请移开摄像头的遮挡。</translation>
    </message>
    <message>
        <source>More light, please.</source>
        <translation>请增加光线。</translation>
    </message>
    <message>
        <source>No face to be seen.</source>
        <translation>看不到人脸。</translation>
    </message>
    <message>
        <source>Only one face, please.</source>
        <translation>请只留一张人脸。</translation>
    </message>
    <message>
        <source>Come closer.</source>
        <translation>请靠近些。</translation>
    </message>
    <message>
        <source>Hold still.</source>
        <translation>请保持不动。</translation>
    </message>
    <message>
        <source>Look at the camera.</source>
        <translation>请看摄像头。</translation>
    </message>
    <message>
        <source>Open your eyes, please.</source>
        <translation>请睁开眼睛。</translation>
    </message>
    <message>
        <source>Now turn your head to the left, and back.</source>
        <translation>现在请向左转头，再转回来。</translation>
    </message>
    <message>
        <source>Now turn your head to the right, and back.</source>
        <translation>现在请向右转头，再转回来。</translation>
    </message>
    <message>
        <source>Now nod.</source>
        <translation>现在请点头。</translation>
    </message>
    <message>
        <source>Now close your eyes for a moment.</source>
        <translation>现在请闭一下眼睛。</translation>
    </message>
    <message>
        <source>Look straight at the camera.</source>
        <translation>请正视摄像头。</translation>
    </message>
    <message>
        <source>Turn your head a little to the left.</source>
        <translation>请稍稍向左转头。</translation>
    </message>
    <message>
        <source>Turn your head a little to the right.</source>
        <translation>请稍稍向右转头。</translation>
    </message>
    <message>
        <source>Raise your chin a little.</source>
        <translation>请稍稍抬起下巴。</translation>
    </message>
    <message>
        <source>Lower your chin a little.</source>
        <translation>请稍稍低下下巴。</translation>
    </message>
    <message>
        <source>Less light, please.</source>
        <translation>请减弱光线。</translation>
    </message>
    <message>
        <source>Not so far to the side.</source>
        <translation>不要转得太偏。</translation>
    </message>
    <message>
        <source>Take off a mask or scarf, and let light fall on your face.</source>
        <translation>请摘下口罩或围巾，让光线照到脸上。</translation>
    </message>
    <message>
        <source>This is not the same face as before.</source>
        <translation>这与之前的不是同一张脸。</translation>
    </message>
    <message>
        <source>It is not clear who is meant.</source>
        <translation>不清楚指的是谁。</translation>
    </message>
    <message>
        <source>This shows nothing new.</source>
        <translation>没有新的内容。</translation>
    </message>
    <message>
        <source>There are enough pictures already.</source>
        <translation>照片已经足够。</translation>
    </message>
    <message>
        <source>This picture cannot be read.</source>
        <translation>无法读取这张照片。</translation>
    </message>
    <message>
        <source>That is all. Thank you.</source>
        <translation>全部完成，谢谢。</translation>
    </message>
    <message>
        <source>The face is too dark</source>
        <translation>人脸太暗</translation>
    </message>
    <message>
        <source>The face is too bright</source>
        <translation>人脸太亮</translation>
    </message>
    <message>
        <source>No face to be seen</source>
        <translation>看不到人脸</translation>
    </message>
    <message>
        <source>Several faces</source>
        <translation>有多张人脸</translation>
    </message>
    <message>
        <source>The face is too small</source>
        <translation>人脸太小</translation>
    </message>
    <message>
        <source>The face is blurred</source>
        <translation>人脸模糊</translation>
    </message>
    <message>
        <source>The face is turned too far</source>
        <translation>人脸转得太偏</translation>
    </message>
    <message>
        <source>The eyes are closed</source>
        <translation>眼睛闭着</translation>
    </message>
    <message>
        <source>Another person</source>
        <translation>另一个人</translation>
    </message>
    <message>
        <source>One of several people</source>
        <translation>多人中的一人</translation>
    </message>
    <message>
        <source>Too much like another picture</source>
        <translation>与另一张图片太相似</translation>
    </message>
    <message>
        <source>Adds little to the others</source>
        <translation>与其他图片相比没有新内容</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Nothing to be seen clearly</source>
        <translation>看不清楚</translation>
    </message>
    <message>
        <source>straight</source>
        <translation>正面</translation>
    </message>
    <message>
        <source>left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>up</source>
        <translation>上</translation>
    </message>
    <message>
        <source>down</source>
        <translation>下</translation>
    </message>
    <message>
        <source>Not similar</source>
        <translation>不相似</translation>
    </message>
    <message>
        <source>Similar, but not enough</source>
        <translation>相似但不够</translation>
    </message>
    <message>
        <source>A match</source>
        <translation>匹配</translation>
    </message>
    <message>
        <source>Poor quality</source>
        <translation>质量较差</translation>
    </message>
    <message>
        <source>Fair quality</source>
        <translation>质量一般</translation>
    </message>
    <message>
        <source>Good quality</source>
        <translation>质量良好</translation>
    </message>
    <message>
        <source>Convenient</source>
        <translation>便捷</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Strict</source>
        <translation>严格</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>不防范</translation>
    </message>
    <message>
        <source>Look for signs of life</source>
        <translation>查看是否为真人</translation>
    </message>
    <message>
        <source>Ask for a gesture, too</source>
        <translation>还要求做动作</translation>
    </message>
    <message>
        <source>You are not asked</source>
        <translation>不询问您</translation>
    </message>
    <message>
        <source>With a key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>With a nod</source>
        <translation>点头</translation>
    </message>
    <message>
        <source>Unlocking the screen</source>
        <translation>解锁屏幕</translation>
    </message>
    <message>
        <source>Logging in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Administrator&apos;s rights</source>
        <translation>管理员权限</translation>
    </message>
    <message>
        <source>Other programs</source>
        <translation>其他程序</translation>
    </message>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Enrol</source>
        <translation>录入</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>检视</translation>
    </message>
    <message>
        <source>Where it is used</source>
        <translation>使用场合</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Recognition pack</source>
        <translation>识别包</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>健康状况</translation>
    </message>
    <message>
        <source>Open “{page}”</source>
        <translation>打开“{page}”</translation>
    </message>
    <message>
        <source>Your face is locked for {seconds} s more, because faces were refused.</source>
        <translation>因为有人脸被拒绝，您的人脸登录还将锁定 {seconds} 秒。</translation>
    </message>
    <message>
        <source>Type it at the next login, or where administrator&apos;s rights are asked for. Your face opens from then on.</source>
        <translation>请在下次登录或需要管理员权限时输入密码，之后就可以使用人脸。</translation>
    </message>
    <message>
        <source>Something keeps your face from opening, everywhere or in part.</source>
        <translation>有问题妨碍人脸登录，可能是全部，也可能是部分。</translation>
    </message>
    <message>
        <source>The gesture that was asked for was not seen.</source>
        <translation>没有看到所要求的动作。</translation>
    </message>
    <message>
        <source>Make it at once, large and no other one, with your whole face in the picture.</source>
        <translation>请立即做出该动作，幅度要大，不要做其他动作，并让整张脸都在画面中。</translation>
    </message>
    <message>
        <source>The health page says what it is, and what to do.</source>
        <translation>“健康状况”页面会说明原因和解决办法。</translation>
    </message>
    <message>
        <source>A login by face opens now.</source>
        <translation>现在可以用人脸登录。</translation>
    </message>
    <message>
        <source>The password comes first: the face service knows of none that was typed yet.</source>
        <translation>需要先输入密码：人脸服务还不知道有输入过的密码。</translation>
    </message>
    <message>
        <source>The password comes first, because the computer was started since you last typed it.</source>
        <translation>需要先输入密码，因为自您上次输入密码以来，电脑重新启动过。</translation>
    </message>
    <message>
        <source>The password comes first, because it is long since you last typed it.</source>
        <translation>需要先输入密码，因为您已经很久没有输入密码了。</translation>
    </message>
    <message>
        <source>The password comes first, because too many faces were refused since you last typed it.</source>
        <translation>需要先输入密码，因为自您上次输入密码以来，被拒绝的人脸太多。</translation>
    </message>
    <message>
        <source>The password comes first, because a face was added or improved since you last typed it.</source>
        <translation>需要先输入密码，因为自您上次输入密码以来，添加或改进过人脸。</translation>
    </message>
    <message>
        <source>The password comes first, because the computer slept for long since you last typed it.</source>
        <translation>需要先输入密码，因为自您上次输入密码以来，电脑休眠了很久。</translation>
    </message>
    <message>
        <source>The password comes first, because the clock was set back since you last typed it.</source>
        <translation>需要先输入密码，因为自您上次输入密码以来，时钟被调回过。</translation>
    </message>
</context>
</TS>
