// A film as a job type of Flamenco: put this file into the folder "scripts" beside flamenco-manager, and name the
// variable "polarlight" in flamenco-manager.yaml: the command's path on the workers.

const JOB_TYPE = {
    label: "Polarlight Film",
    description: "Render a scene's film, a chunk of frames to a task, and join the frames",
    settings: [
        { key: "scene", type: "string", required: true, description: "A bundled scene's name, or a TOML file" },
        { key: "video", type: "string", required: true,
          description: "FILE.mp4 in a folder that all workers see; frames go to FILE_frames" },
        { key: "frames", type: "string", required: true, default: "0-299", description: "Which frames, from 0" },
        { key: "chunk_size", type: "int32", default: 10, visible: "submission", description: "Frames to a task" },
        { key: "join", type: "bool", default: true, description: "Join the frames; the whole film's, rendering the rest" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const folder = settings.video.replace(/\.[^.\/]*$/, "") + "_frames";
    const rendering = [];
    for (const chunk of frameChunker(settings.frames, settings.chunk_size)) {
        const task = author.Task("frames " + chunk, "misc");
        for (const range of chunk.split(",")) { // the manager writes two neighbours as "3,4"; --frames takes one range
            task.addCommand(film([settings.scene, "-o", folder, "--frames", range]));
        }
        rendering.push(task);
        job.addTask(task);
    }
    if (settings.join) {
        const task = author.Task("join", "misc");
        task.addCommand(film([settings.scene, "-o", settings.video]));
        for (const each of rendering) {
            task.addDependency(each);
        }
        job.addTask(task);
    }
}

function film(words) {
    return author.Command("exec", { exe: "{polarlight}", args: ["film"].concat(words) });
}
